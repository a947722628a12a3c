/** The style controls of today's page, as the words that they add to a prompt. */
import { firstText } from './loose-fields.ts'

export interface StyleControls {
  readonly shot_type?: unknown
  readonly camera_angle?: unknown
  readonly style?: unknown
}

/** What the page shows where nothing was chosen. */
const UNCHOSEN = new Set(['none', 'wide', 'eye_level'])

/** In the order in which producers appended them: shot, angle, style. Empty where nothing was chosen. */
export function styleWords({ shot_type, camera_angle, style }: StyleControls): string {
  const chosen = [
    wordsOf(shot_type, (shot) => (/shot$/i.test(shot) ? shot : `${shot} shot`)),
    wordsOf(camera_angle, (angle) => angle),
    wordsOf(style, (words) => words),
  ]
  return chosen.filter((words) => words !== '').join(', ')
}

function wordsOf(value: unknown, say: (words: string) => string): string {
  const text = firstText(value)?.trim()
  if (text === undefined || UNCHOSEN.has(text.toLowerCase())) return ''
  return say(text.replaceAll('_', ' '))
}
