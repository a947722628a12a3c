/** What of a list of terms a text encoder reads: whole terms, in their order, while they fit into one window. */
import type { CountTokens } from '#models/tokenizers/clip-token-count.ts'

/** CLIP's context of 77 less its start and end. */
export const WINDOW = 75
/** The longest token of CLIP's vocabulary, in bytes: no text of more than 75 times that fits, so none is counted. */
const LONGEST_TOKEN = 32

export interface Fitted {
  readonly kept: readonly string[]
  /** As it was written: whole terms, and the end of one that is longer than a window. */
  readonly dropped: readonly string[]
}

export function fitWindow(terms: readonly string[], count: CountTokens): Fitted {
  const fits = (text: string) =>
    text.normalize('NFC').replace(/\s+/g, '').length <= WINDOW * LONGEST_TOKEN &&
    count(text) <= WINDOW
  if (fits(joined(terms))) return { kept: terms, dropped: [] }
  const most = longestThatFits(terms.length, (n) => fits(joined(terms.slice(0, n))))
  if (most > 0) return { kept: terms.slice(0, most), dropped: terms.slice(most) }

  // A term that fits in no window by itself loses its end, for dropping it would leave nothing of what was said.
  const [first = '', ...others] = terms
  const words = first.split(/\s+/)
  const whole = longestThatFits(words.length, (n) => fits(words.slice(0, n).join(' ')))
  const kept = whole > 0 ? [words.slice(0, whole).join(' ')] : []
  return { kept, dropped: [words.slice(whole).join(' '), ...others] }
}

export const joined = (terms: readonly string[]): string => terms.join(', ')

/** The first `n` parts fit the less the more they are, so that halving finds the most. */
function longestThatFits(length: number, fits: (n: number) => boolean): number {
  let [most, tooMany] = [0, length + 1]
  while (tooMany - most > 1) {
    const n = Math.floor((most + tooMany) / 2)
    if (fits(n)) most = n
    else tooMany = n
  }
  return most
}
