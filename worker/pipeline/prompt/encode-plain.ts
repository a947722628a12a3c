/**
 * Encodes a prompt that has no syntax: what diffusers does, in as many windows as the text needs.
 */
import type { EncodedText } from './encoded-text.ts'
import type { WindowSource } from './window-source.ts'
import { inRuns, tokenize, toWindow } from './windows.ts'

/** The first `limit` windows of the text; pooled is the first window's. */
export async function encodePlain(
  source: WindowSource,
  text: string,
  limit: number,
): Promise<EncodedText> {
  const { tokenizer, context } = source
  const tokens = tokenize([{ text, weight: 1 }], tokenizer)
  const runs = inRuns(tokens, context - 2)
  const encoded = []
  for (const run of runs.slice(0, limit)) {
    encoded.push(await source.encode(toWindow(run, tokenizer, context).ids))
  }
  return {
    windows: encoded.map(({ hidden }) => hidden),
    pooled: encoded[0]?.pooled,
    tokens: tokens.length,
    truncated: runs.length > limit,
  }
}
