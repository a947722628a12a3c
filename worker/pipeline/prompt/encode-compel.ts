/** Encodes a prompt in compel's syntax, with compel's maths for its weights. */

import { encodeFragments } from './compel-fragments.ts'
import { type CompelSegment, parseCompel } from './compel-grammar.ts'
import type { EncodedText } from './encoded-text.ts'
import { awayFrom, weightedSum } from './weight-maths.ts'
import type { WindowSource } from './window-source.ts'
import { tokenize, toWindow } from './windows.ts'

/**
 * Segments of `.and()` in order, `limit` windows in all. Pooled is that of the plain text, its
 * first window: compel's own is that of the text with its brackets and numbers, which says more
 * about brackets than about the picture.
 */
export async function encodeCompel(
  source: WindowSource,
  text: string,
  limit: number,
): Promise<EncodedText> {
  const segments = parseCompel(text)
  const windows: Float32Array[] = []
  let tokens = 0
  let truncated = false
  for (const segment of segments) {
    const encoded = await encodeSegment(source, segment, limit - windows.length)
    windows.push(...encoded.windows)
    tokens += encoded.tokens
    truncated ||= encoded.truncated
  }
  return { windows, pooled: await pooledOf(source, segments), tokens, truncated }
}

interface EncodedSegment {
  readonly windows: Float32Array[]
  readonly tokens: number
  readonly truncated: boolean
}

// The parts of a blend are padded with empty windows to one length, then summed.
async function encodeSegment(
  source: WindowSource,
  segment: CompelSegment,
  limit: number,
): Promise<EncodedSegment> {
  const parts = []
  for (const { fragments } of segment.parts) {
    parts.push(await encodeFragments(source, fragments, limit))
  }
  const { hidden: empty } = await source.empty()
  const shares = segment.parts.map(({ weight }) => weight)
  const windows = []
  for (let index = 0; index < Math.max(...parts.map((part) => part.windows.length)); index++) {
    const layers = parts.map((part) => part.windows[index] ?? empty)
    const blended = weightedSum(layers, shares)
    windows.push(awayFrom(empty, blended, [segment.weight]))
  }
  return {
    windows,
    tokens: Math.max(...parts.map((part) => part.tokens)),
    truncated: parts.some((part) => part.truncated),
  }
}

async function pooledOf(
  source: WindowSource,
  segments: readonly CompelSegment[],
): Promise<Float32Array | undefined> {
  const { tokenizer, context } = source
  const fragments = segments.flatMap(({ parts }) => parts.flatMap((part) => part.fragments))
  const tokens = tokenize(fragments, tokenizer).slice(0, context - 2)
  return (await source.encode(toWindow(tokens, tokenizer, context).ids)).pooled
}
