/** Finds terms of Chinese and Japanese, which put no space between words, and pictographs. */
import type { Lexicon, Meaning } from './lexicon.ts'

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Extended_Pictographic}]/u
const SPACED = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u
const OTHERS =
  /[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Extended_Pictographic}]+/gu

export const isUnspaced = (text: string): boolean => UNSPACED.test(text) && !SPACED.test(text)

/** Of a folded text, whatever signs or other letters stand between the characters of a term. */
export function unspacedMeanings(folded: string, { unspaced }: Lexicon): ReadonlySet<Meaning> {
  if (!UNSPACED.test(folded)) return new Set()
  let rest = folded.replace(OTHERS, '')
  for (const { meaning, text } of unspaced) {
    if (meaning === 'innocent') rest = rest.replaceAll(text, '\n')
  }
  const found = unspaced.filter(({ text }) => rest.includes(text))
  return new Set(found.map(({ meaning }) => meaning))
}
