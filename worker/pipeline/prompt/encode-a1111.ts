/**
 * Encodes a prompt in AUTOMATIC1111's syntax, with its maths for SDXL ("No norm": states times
 * weights).
 */
import { inChunks } from './a1111-chunks.ts'
import { parseA1111 } from './a1111-grammar.ts'
import type { EncodedText } from './encoded-text.ts'
import { scaled } from './weight-maths.ts'
import type { WindowSource } from './window-source.ts'
import { tokenize, toWindow, type WeightedToken } from './windows.ts'

/** The first `limit` windows; pooled is the first window's, which no weight touches. */
export async function encodeA1111(
  source: WindowSource,
  text: string,
  limit: number,
): Promise<EncodedText> {
  const { tokenizer, context } = source
  const tokens = parseA1111(text).flatMap((piece): (WeightedToken | 'break')[] =>
    piece === 'break' ? [piece] : tokenize([piece], tokenizer),
  )
  const chunks = inChunks(tokens, tokenizer.encode(',')[0], context - 2)
  const windows = []
  let pooled: Float32Array | undefined
  for (const chunk of chunks.slice(0, limit)) {
    const { ids, weights } = toWindow(chunk, tokenizer, context)
    const encoded = await source.encode(ids)
    pooled ??= encoded.pooled
    windows.push(scaled(encoded.hidden, weights))
  }
  return {
    windows,
    pooled,
    tokens: tokens.filter((token) => token !== 'break').length,
    truncated: chunks.length > limit,
  }
}
