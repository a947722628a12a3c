/** Terms that a word is a slip away from: `scholgirl`, `prepubecent`. A word that means something itself is none. */
import type { Lexicon, Term } from './lexicon.ts'
import { realWords } from './real-words.ts'
import { isSlip, LEAST_WEIGHTY, restsOf } from './slips.ts'

const LONGEST = 24
/** Letters that may follow the open end of a term: of `prepubescen*` it is the beginning that is misspelled. */
const MOST_BEHIND = 3

export function misspelledTerms(written: string, { slips }: Lexicon): readonly Term[] {
  if (written.length > LONGEST || realWords.has(written)) return []
  const found: Term[] = []
  for (let behind = 0; behind <= MOST_BEHIND; behind++) {
    const start = written.slice(0, written.length - behind)
    if (start.length < LEAST_WEIGHTY - 1) break
    for (const rest of restsOf(start)) {
      for (const term of slips.get(rest) ?? []) {
        const [word] = term.words
        if (word && (behind === 0 || word.isStem) && isSlip(start, word.text)) found.push(term)
      }
    }
  }
  return found
}
