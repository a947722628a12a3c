/** Where a job stands, in words. */
import { secondsWords } from './plan-preview.js'

/** @type {Readonly<Record<string, string>>} */
const stages = {
  prompt: 'Reading the prompt',
  encode: 'Reading the photo',
  decode: 'Finishing the picture',
}

/** @param {Pick<import('./answers.ts').Progress, 'stage' | 'image' | 'step' | 'of'>} progress */
export function progressWords({ stage, image, step, of }) {
  if (stage !== 'denoise') return stages[stage ?? ''] ?? 'Being made'
  const which = image ? `, image ${image + 1}` : ''
  return `Drawing: ${step} of ${of} evaluations${which}`
}

/** @param {{ readonly status: string, readonly position: number | null }} standing */
export function standingWords({ status, position }) {
  if (status === 'processing') return 'A worker has it'
  return position !== null && position > 0 ? `Place ${position} in line` : 'Waiting for a worker'
}

/** @param {number | null | undefined} seconds */
export const moreWords = (seconds) => (seconds ? `, about ${secondsWords(seconds)} more` : '')
