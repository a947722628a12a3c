/**
 * Cuts tokens into windows as AUTOMATIC1111 does: at BREAK, and rather after a comma than in the
 * middle of a phrase.
 */
import type { WeightedToken } from './windows.ts'

/** How far back a comma may lie to be cut after: `comma_padding_backtrack`'s default. */
const BACKTRACK = 20

/**
 * Runs of at most `size` tokens. When a token finds its run full and a comma among the last 20,
 * what follows that comma moves to the next run. `comma`: the id of `,`. A break that ends a run is
 * obeyed even where the run is empty.
 */
export function inChunks(
  tokens: readonly (WeightedToken | 'break')[],
  comma: number | undefined,
  size: number,
): WeightedToken[][] {
  const chunks: WeightedToken[][] = []
  let chunk: WeightedToken[] = []
  let lastComma = -1
  const close = (next: WeightedToken[] = []) => {
    chunks.push(chunk)
    chunk = next
    lastComma = -1
  }

  for (const token of tokens) {
    if (token === 'break') {
      close()
      continue
    }
    const full = chunk.length === size
    if (token.id === comma) lastComma = chunk.length
    else if (full && lastComma !== -1 && size - lastComma <= BACKTRACK) {
      close(chunk.splice(lastComma + 1))
    }
    if (chunk.length === size) close()
    chunk.push(token)
  }
  if (chunk.length > 0 || chunks.length === 0) close()
  return chunks
}
