/** What would be drawn of a prompt, and why: for people or for programs. */
import type { Mode } from '#contract'
import type { EnhancedPrompt } from '#worker/enhance/prompting/enhance-prompt.ts'

export interface EnhanceReport {
  readonly mode: Mode
  /** As it was written. */
  readonly prompt: string
  /** With all that would be added to it. */
  readonly drawn: string
  /** The phrases of the style controls among that; empty where there are none. */
  readonly style: string
  readonly enhancement: Omit<EnhancedPrompt, 'prompt'>
  /** Of CLIP, that `drawn` has. */
  readonly tokens: number
}

/** One object on one line. */
export const asJson = (report: EnhanceReport): string => JSON.stringify(report)

/** CLIP's context of 77 less its start and end. */
const WINDOW = 75

/** The prompt on a line of its own, then why it is so. */
export function asText({ drawn, style, enhancement, tokens }: EnhanceReport): string {
  const { source, ms, fallback, dropped } = enhancement
  const how =
    source === 'none'
      ? `as written: ${fallback === undefined ? 'nothing was added' : (reasons[fallback] ?? fallback)}`
      : `enhanced in ${(ms / 1000).toFixed(1)} s`
  return [
    drawn,
    `  ${how}`,
    ...(style === '' ? [] : [`  style: ${style}`]),
    ...dropped.map(({ text, rule }) => `  left out, ${rule}: ${shortened(text)}`),
    `  ${tokens} tokens of ${WINDOW} in CLIP’s window`,
  ].join('\n')
}

/** Of those that are no rule's name, which `worker/enhance/prompting/README.md` lists. */
const reasons: Readonly<Record<string, string>> = {
  'no-model': 'QWEN_PATH names no Qwen 2.5',
  'no-room': 'CLIP’s window has no room for more',
  empty: 'the model had nothing to say',
}

const LONGEST = 60
/** On one line, without what a terminal would obey. */
function shortened(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain
}
