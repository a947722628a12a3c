/** All that a job says of its picture: what is to be seen, and what is not. */
import { type Job, withStyle } from '#contract'

export interface Words {
  /** Each is looked through by itself, and they count together. */
  readonly shown: readonly string[]
  readonly avoided: string
  /** The last word of the one and the first of the other, which may be halves of a third. */
  readonly seam: readonly [string, string]
}

/** A negative number before the end of a weight, in either syntax: what is avoided by less than nothing is shown. */
const TURNED = /[:)\]]\s*-\s*\.?\d/

/**
 * `enhanced` counts beside the words it was made from, so that none of them is forgotten. LoRAs are named for what
 * they draw. Metadata is given back and never drawn, and says all the same what was asked before it was rewritten.
 */
export function wordsOf(job: Job, enhanced?: string): Words {
  const { prompt = '', negativePrompt } = job.asked
  const avoided = negativePrompt ?? ''
  const texts = [
    // A style may be in words of somebody's own, and is drawn after the prompt.
    withStyle(prompt, job.asked.style),
    ...[prompt, enhanced ?? '', ...promptsIn(job.metadata)],
    job.loras.map(({ id }) => id).join(', '),
    TURNED.test(avoided) ? avoided : '',
  ]
  const shown = [...new Set(texts)].filter((text) => text !== '')
  return { shown, avoided, seam: [lastWord(prompt), firstWord(avoided)] }
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
