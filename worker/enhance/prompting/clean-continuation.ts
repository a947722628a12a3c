/** Makes phrases for a prompt of whatever a language model wrote after it, or of none of it. */
import { type PhraseContext, phraseRules } from './phrase-rules.ts'
import { textRules } from './text-rules.ts'

export interface Dropped {
  /** As the model wrote it, but for signs around it. */
  readonly text: string
  /** Of the rule for which it was left out. */
  readonly rule: string
}

export interface Cleaned {
  /** Lower case but for words of the prompt, in the model's order. */
  readonly phrases: readonly string[]
  readonly dropped: readonly Dropped[]
}

export interface Continuation {
  readonly text: string
  /** Whether the model was stopped rather than done, so that its last phrase is half a one. */
  readonly isCut: boolean
}

/** The rule of what was left out because the model did not come to its end. */
export const CUT_OFF = 'cut-off'

export function cleanContinuation(
  { text, isCut }: Continuation,
  context: Omit<PhraseContext, 'before'>,
): Cleaned {
  const dropped: Dropped[] = []
  let rest = text.normalize('NFKC').replace(INVISIBLE, '')
  let isWhole = !isCut
  for (const { name, keep } of textRules) {
    const kept = keep(rest)
    if (kept === undefined)
      return { phrases: [], dropped: [...dropped, { text: rest, rule: name }] }
    // A line's end is where it ought to end, and nobody's fault.
    if (kept.length < rest.length && name !== 'next-line') {
      dropped.push({ text: rest.slice(kept.length), rule: name })
    }
    isWhole ||= kept.length < rest.length
    rest = kept
  }

  const parts = rest.split(BETWEEN)
  if (!isWhole) dropped.push({ text: (parts.pop() ?? '').trim(), rule: CUT_OFF })
  const before: (readonly string[])[] = []
  const phrases: string[] = []
  for (const part of parts) {
    const words = wordsOf(part)
    if (words.length === 0) continue
    const rule = phraseRules.find(({ refuses }) => refuses(words, { ...context, before }))
    if (rule) {
      dropped.push({ text: words.join(' '), rule: rule.name })
      continue
    }
    before.push(words.map((word) => word.toLowerCase()))
    phrases.push(words.map((word) => inCase(word, context)).join(' '))
  }
  return { phrases, dropped }
}

/** What is not seen; white space stays. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\s)\p{Cc}/gu

/** Where a phrase ends: a number's point and a word's hyphen are none. */
const BETWEEN = /[,;|•·、，。；！？\n]+|[.!?…:]+(?=\s|$|["'”’)])|\s[-–—]+\s|[–—]/u

const WEIGHT = /:\s*[-+]?\d*\.?\d+(?=\s*[)\]}>]|\s*$)|(?<=[)\]])\s*[-+]?\d*\.?\d+/g

/** Without quotation marks, brackets, weights, markdown and signs about it, nor a word that only joins it on. */
function wordsOf(part: string): readonly string[] {
  const bare = part
    .replace(WEIGHT, '')
    .replace(/["“”„«»`*_#~^=<>()[\]{}\\\p{Extended_Pictographic}]/gu, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^['‘’.:/+-]+|['‘’.:/+-]+$/g, ''))
    .filter((word) => word !== '')
  const at = bare.findIndex((word) => !JOINING.has(word.toLowerCase()))
  return at === -1 ? [] : bare.slice(at)
}

const JOINING = new Set(['and', 'with', 'plus', 'also', 'then', 'or', '&'])

const inCase = (word: string, { vocabulary }: Pick<PhraseContext, 'vocabulary'>): string =>
  vocabulary.has(word.toLowerCase()) ? word.toLowerCase() : word
