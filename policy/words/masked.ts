/** Words with a letter struck out (`w*rd`), which everybody reads all the same. */
import type { Sign } from '../rules.ts'
import type { Lexicon } from './lexicon.ts'

const WORD = /[\p{L}*#%?•×✱]+/gu
const MASK = /[*#%?•×✱]/u
const MASKED = /^\p{L}+(?:[*#%?•×✱]{1,3}\p{L}+)+$/u
/** A text with more of them is no prompt. */
const MOST = 64
const LONGEST = 24

/** Of a skeleton. Most of the letters must be there. */
export function maskedSigns(skeleton: string, { whole }: Lexicon): ReadonlySet<Sign> {
  const found = new Set<Sign>()
  if (!MASK.test(skeleton)) return found
  const words = new Set([...skeleton.matchAll(WORD)].map(([text]) => text))
  const masked = [...words].filter((text) => text.length <= LONGEST && MASK.test(text))
  for (const text of masked.filter((each) => MASKED.test(each)).slice(0, MOST)) {
    const letters = text.replace(/\P{L}/gu, '').length
    if (letters * 2 <= text.length) continue
    const pattern = new RegExp(`^${text.replace(/\P{L}/gu, '\\p{L}')}$`, 'u')
    for (const terms of whole.values()) {
      for (const { meaning, words } of terms) {
        if (meaning !== 'innocent' && pattern.test(words[0]?.text ?? '')) found.add(meaning)
      }
    }
  }
  return found
}
