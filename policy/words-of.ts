/** All that a job says of its picture: what is to be seen, and what is not. */
import { type Job, withStyle } from '#contract'

export interface Words {
  /** Each is looked through by itself, and they count together. */
  readonly shown: readonly string[]
  readonly avoided: string
  /** The last word of the one and the first of the other, which may be halves of a third. */
  readonly seam: readonly [string, string]
}

/** A negative weight in either syntax, and of Compel's `("a", "b").blend(1, -0.5)`. */
const TURNED = /[:)\]]\s*-\s*\.?\d/
const TURNED_CALL = /\.\s*(?:blend|and|add)\s*\([^)]*-\s*\.?\d/
const isTurned = (text: string): boolean => TURNED.test(text) || TURNED_CALL.test(text)

/**
 * `enhanced` counts beside the words it was made from, so that none of them is forgotten. LoRAs are named for what
 * they draw. Metadata is given back and never drawn, and says all the same what was asked before it was rewritten.
 */
export function wordsOf(job: Job, enhanced?: string): Words {
  const { prompt = '', negativePrompt } = job.asked
  const asked = negativePrompt ?? ''
  // Below 0 a LoRA draws the opposite of what it is named for.
  const turned = job.loras.filter(({ strength = 1 }) => strength < 0).map(({ id }) => id)
  const avoided = [asked, turnedIn(prompt), ...turned].filter((text) => text !== '').join(', ')
  const texts = [
    // A style may be in words of somebody's own, and is drawn after the prompt.
    withStyle(prompt, job.asked.style),
    ...[prompt, enhanced ?? '', ...promptsIn(job.metadata)],
    job.loras.map(({ id }) => id).join(', '),
    // What is avoided by less than nothing is shown.
    isTurned(asked) ? asked : '',
  ]
  const shown = [...new Set(texts)].filter((text) => text !== '')
  return { shown, avoided, seam: [lastWord(prompt), firstWord(asked)] }
}

const BRACKET = /[([]|[)\]](\s*-\s*\.?\d)?|:\s*-\s*\.?\d/g

/** What is shown by less than nothing, and so avoided: what stands in brackets of negative weight; all, in a call's. */
function turnedIn(prompt: string): string {
  if (TURNED_CALL.test(prompt)) return prompt
  const open: number[] = []
  const turned: { readonly from: number; readonly to: number }[] = []
  for (const match of prompt.matchAll(BRACKET)) {
    const [sign, weightBehind] = match
    const to = match.index
    if (sign === '(' || sign === '[') {
      open.push(to)
      continue
    }
    const isWithin = sign.startsWith(':')
    const from = isWithin ? open.at(-1) : open.pop()
    if (from === undefined || !(isWithin || weightBehind)) continue
    // What is within it is part of it.
    while ((turned.at(-1)?.from ?? -1) >= from) turned.pop()
    turned.push({ from, to })
  }
  return turned.map(({ from, to }) => prompt.slice(from, to)).join(', ')
}

const DEEPEST = 3
const MOST_TEXTS = 16
/** As long as a prompt may be. */
const LONGEST = 10_000

function promptsIn(metadata: Job['metadata']): readonly string[] {
  const found: string[] = []
  const visit = (fields: object, depth: number) => {
    for (const [name, value] of Object.entries(fields)) {
      if (found.length === MOST_TEXTS) return
      if (typeof value === 'object' && value !== null && depth < DEEPEST) visit(value, depth + 1)
      else if (typeof value === 'string' && /prompt/i.test(name) && !/negative/i.test(name)) {
        found.push(value.slice(0, LONGEST))
      }
    }
  }
  visit(metadata, 1)
  return found
}

const LONGEST_WORD = 40
const lastWord = (text: string): string =>
  text.trimEnd().slice(-LONGEST_WORD).split(/\s/).at(-1) ?? ''
const firstWord = (text: string): string =>
  text.trimStart().slice(0, LONGEST_WORD).split(/\s/)[0] ?? ''
