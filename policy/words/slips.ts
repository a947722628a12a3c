/** What a slip of the finger makes of a word: a letter left out, added or exchanged, or two that changed places. */

/** Letters of a word that is still itself after a slip. A shorter one mostly becomes another, and `weighty` names those that do not. */
export const LEAST_SLIPPED = 8
export const LEAST_WEIGHTY = 6

/** The word, and all that is left of it without one letter: two words that are a slip apart have one of these in common. */
export const restsOf = (word: string): readonly string[] => [
  word,
  ...Array.from({ length: word.length }, (_, at) => word.slice(0, at) + word.slice(at + 1)),
]

/** Whether one of them is the other after one slip at most. */
export function isSlip(one: string, other: string): boolean {
  const shorter = Math.min(one.length, other.length)
  let begin = 0
  while (begin < shorter && one[begin] === other[begin]) begin++
  let end = 0
  while (end < shorter - begin && one.at(-1 - end) === other.at(-1 - end)) end++
  const left = one.slice(begin, one.length - end)
  const right = other.slice(begin, other.length - end)
  if (left.length <= 1 && right.length <= 1) return true
  return left.length === 2 && right === `${left[1]}${left[0]}`
}
