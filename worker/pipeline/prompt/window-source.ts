/** Runs one text encoder window by window, each different window once. */
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'
import type { EncodedWindow, TextEncoder } from './text-encoder.ts'
import { toWindow } from './windows.ts'

/** A text encoder for the length of one request. */
export interface WindowSource {
  readonly tokenizer: ClipTokenizer
  readonly context: number
  readonly width: number
  encode(ids: readonly number[], mask?: readonly boolean[]): Promise<EncodedWindow>
  /** The window without a token. */
  empty(): Promise<EncodedWindow>
}

/**
 * What it returns is shared between callers and must not be written to. Throws the signal's reason
 * once aborted.
 */
export function windowSource(encoder: TextEncoder, signal: AbortSignal | undefined): WindowSource {
  const { tokenizer, context, width } = encoder
  const known = new Map<string, EncodedWindow>()

  const encode = async (ids: readonly number[], mask?: readonly boolean[]) => {
    const masks = mask?.includes(false) ? mask : undefined
    const key = `${ids.join()} ${masks?.map(Number).join('') ?? ''}`
    const seen = known.get(key)
    if (seen) return seen
    signal?.throwIfAborted()
    const encoded = await (masks ? encoder.encode(ids, masks) : encoder.encode(ids))
    if (encoded.hidden.length !== context * width) {
      throw new Error(
        `a text encoder gave ${encoded.hidden.length} numbers for ${context} × ${width}`,
      )
    }
    known.set(key, encoded)
    return encoded
  }
  const empty = () => encode(toWindow([], tokenizer, context).ids)
  return { tokenizer, context, width, encode, empty }
}
