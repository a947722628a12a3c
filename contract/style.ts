/**
 * The style controls of a job, and the one place where they become words of its prompt. It stands in the contract, and
 * not with the enhancement, because they are obeyed where no language model is: by workers, by the command line, in a
 * preview, and in what a gateway sends to other providers.
 */
import { z } from 'zod'
import { type StyleName, styleNames, stylePhrases } from './style-phrases.ts'

/** In characters, of a look in words of one's own, as today's pages send it. */
export const LONGEST_LOOK = 300

const oneOf = <T extends StyleName>(control: T) => {
  const values = valuesOf(control)
  const rule = `must be one of ${values.join(', ')}`
  return z.string(rule).refine((value) => values.includes(value), rule)
}

/** Each may be absent, and then adds nothing. */
export const styleFields = z
  .strictObject({
    shotType: oneOf('shotType'),
    cameraAngle: oneOf('cameraAngle'),
    /** A preset's name, or words of one's own. */
    look: z.string('must be a text').max(LONGEST_LOOK, `is longer than ${LONGEST_LOOK} characters`),
    lighting: oneOf('lighting'),
    mood: oneOf('mood'),
  })
  .partial()

export type Style = {
  readonly [K in StyleName]?: string | undefined
}

/** What may be chosen of a control; of a look, the presets. */
export function valuesOf(control: StyleName): readonly string[] {
  return Object.keys(stylePhrases[control])
}

/** `Low Key`, as a page shows it, is `low_key`. */
export const valueName = (shown: string): string =>
  shown
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')

/**
 * The prompt with the phrases of the style after it. What the prompt says already is not said twice, so that a producer
 * may have joined them before. The prompt itself is kept to the letter.
 */
export function withStyle(prompt: string, style: Style | undefined): string {
  return afterPrompt(prompt, stylePhrase(prompt, style))
}

/** What `withStyle` adds; empty where that is nothing. */
export function stylePhrase(prompt: string, style: Style | undefined): string {
  const phrases = styleNames.flatMap((control) => phrasesOf(control, style?.[control]))
  if (phrases.length === 0) return ''
  const said = new Set(phrasesIn(prompt))
  const added = phrases.filter((phrase) => {
    const isNew = !said.has(phrase.toLowerCase())
    said.add(phrase.toLowerCase())
    return isNew
  })
  return added.join(', ')
}

/** Words put after a prompt that stays as it is, parted from it by what it has not at its end already. */
export function afterPrompt(prompt: string, words: string): string {
  if (words === '' || prompt.trim() === '') return prompt.trim() === '' ? words : prompt
  if (/\s$/.test(prompt) && ENDED.test(prompt)) return prompt + words
  return `${prompt}${ENDED.test(prompt) ? ' ' : ', '}${words}`
}

/** A sign that ends a phrase, or A1111's word for a new window. */
const ENDED = /(?:[,;.!?…。、！？]|(?<![\p{L}\p{N}_])BREAK)\s*$/u

function phrasesOf(control: StyleName, value: string | undefined): readonly string[] {
  if (value === undefined) return []
  const name = valueName(value)
  const phrases: Readonly<Record<string, string>> = stylePhrases[control]
  const known = Object.hasOwn(phrases, name) ? phrases[name] : undefined
  const isOwn = control === 'look' && name !== 'none'
  const words = known ?? (isOwn ? value : '')
  // What has a syntax of its own is one phrase, whatever commas are in it.
  const parts = /[()[\]{}<>"]/.test(words) ? [words] : words.split(',')
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

const phrasesIn = (prompt: string): readonly string[] =>
  prompt.split(/[,;.\n]/).map((part) => part.trim().toLowerCase())
