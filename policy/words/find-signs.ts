/** What a text holds signs of: every way to read it, each looked through for terms and for ages. */
import { type Sign, signs } from '../rules.ts'
import { ageSigns } from './ages.ts'
import { findTerms } from './find-terms.ts'
import { fold, skeleton, withoutWeights, withSignsRead } from './fold.ts'
import type { Lexicon } from './lexicon.ts'
import { maskedSigns } from './masked.ts'
import { piecesOf, plainly } from './pieces.ts'
import { unspacedMeanings } from './unspaced.ts'

/** `now` in milliseconds since 1970: by it a year of birth is an age. */
export function findSigns(
  text: string,
  lexicon: Lexicon,
  now: () => number = Date.now,
): ReadonlySet<Sign> {
  const folded = fold(text)
  const year = new Date(now()).getUTCFullYear()
  const found = new Set<Sign>()
  const add = (more: ReadonlySet<Sign>) => {
    for (const sign of more) found.add(sign)
  }
  const bare = withoutWeights(folded)
  // A number that is no weight may be an age: both are read.
  for (const each of new Set([folded, bare])) {
    add(ageSigns(each, plainly(each), year))
    const seen = skeleton(each)
    add(findTerms(piecesOf(seen), lexicon))
    const read = withSignsRead(seen)
    if (read !== undefined) add(findTerms(piecesOf(read), lexicon))
    add(maskedSigns(seen, lexicon))
  }
  const unspaced = unspacedMeanings(folded, lexicon)
  add(new Set(signs.filter((sign) => unspaced.has(sign))))
  return found
}
