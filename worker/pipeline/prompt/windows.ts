/**
 * Cuts a prompt's tokens into windows, the fixed number of positions that a text encoder takes at
 * once.
 */
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'
import type { WeightedText } from './weighted-text.ts'

export interface WeightedToken {
  readonly id: number
  readonly weight: number
}

/** One run of a text encoder: start-of-text, tokens, end-of-text, padding. */
export interface Window {
  /** [context] */
  readonly ids: readonly number[]
  /** [context]; 1 for start, end and padding. */
  readonly weights: readonly number[]
}

/** Each piece is tokenised by itself, as both grammars' own programs do. */
export function tokenize(
  pieces: readonly WeightedText[],
  tokenizer: ClipTokenizer,
): WeightedToken[] {
  return pieces.flatMap(({ text, weight }) => tokenizer.encode(text).map((id) => ({ id, weight })))
}

/** Runs of `size` tokens, the last one shorter; one empty run for no tokens. */
export function inRuns<T>(tokens: readonly T[], size: number): T[][] {
  const runs: T[][] = []
  for (let start = 0; start === 0 || start < tokens.length; start += size) {
    runs.push(tokens.slice(start, start + size))
  }
  return runs
}

/** At most `context − 2` tokens, framed and padded. */
export function toWindow(
  tokens: readonly WeightedToken[],
  tokenizer: ClipTokenizer,
  context: number,
): Window {
  const padding = context - 2 - tokens.length
  if (padding < 0) throw new Error(`${tokens.length} tokens do not fit ${context} positions`)
  const { startOfText, endOfText, pad } = tokenizer
  const ids = tokens.map((token) => token.id)
  const weights = tokens.map((token) => token.weight)
  return {
    ids: [startOfText, ...ids, endOfText, ...Array<number>(padding).fill(pad)],
    weights: [1, ...weights, ...Array<number>(padding + 1).fill(1)],
  }
}
