/** Cuts a long prompt where compel does: after a sentence, else a phrase, else a word. */
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'

interface Token {
  readonly id: number
}

/** Runs of at most `size` tokens; one empty run for no tokens. */
export function inSentences<T extends Token>(
  tokens: readonly T[],
  size: number,
  tokenizer: ClipTokenizer,
): T[][] {
  const idsOf = (marks: string) => new Set([...marks].map((mark) => tokenizer.encode(mark)[0]))
  const [sentence, phrase] = [idsOf('.'), idsOf('.,;:')]
  // The best place first, and of each kind the last that fits.
  const ends: readonly ((token: T) => boolean)[] = [
    ({ id }) => sentence.has(id),
    ({ id }) => phrase.has(id),
    ({ id }) => tokenizer.endsWord(id),
  ]
  const runs: T[][] = []
  let rest = tokens
  do {
    const fitting = rest.slice(0, size)
    const cut = ends.map((isEnd) => fitting.findLastIndex(isEnd) + 1).find((end) => end > 0)
    const end = rest.length <= size ? rest.length : (cut ?? size)
    runs.push(rest.slice(0, end))
    rest = rest.slice(end)
  } while (rest.length > 0)
  return runs
}
