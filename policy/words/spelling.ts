/** A word as the runs of its letters, so that `chiiild` is told from `child` by nothing but its zeal. */

export interface Spelling {
  /** Each run of a letter as one. */
  readonly key: string
  readonly runs: readonly number[]
}

export function spell(word: string): Spelling {
  let key = ''
  let last = ''
  const runs: number[] = []
  for (const letter of word) {
    if (letter === last) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1
    else {
      key += letter
      runs.push(1)
    }
    // Asked of the key it would be put together anew for each letter.
    last = letter
  }
  return { key, runs }
}

/** A double letter in a short word makes another word: `soon` is no `son`, `penne` no fun at all. */
const LEAST_DOUBLED = 5
const STRETCHED = 3

/** Stands for l too: `public` has one of each and no doubled letter. */
const AMBIGUOUS = 'i'

interface Whole {
  readonly runs: readonly number[]
  /** Whether anything may follow, another of its last letter too: `sexual` in `sexually`. */
  readonly isStem: boolean
}

/** Whether a word reads as a term of the same key, or of the key that it begins with. */
export function isStretched({ key, runs }: Spelling, term: Whole): boolean {
  const mayDouble = key.length >= LEAST_DOUBLED
  return term.runs.every((least, i) => {
    const run = runs[i] ?? 0
    if (run === least || (run > least && run >= STRETCHED)) return true
    if (run > least && term.isStem && i === term.runs.length - 1) return true
    return run > least && mayDouble && key[i] !== AMBIGUOUS
  })
}
