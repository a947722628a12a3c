/** What the prompt code needs of a text encoder, and what it hands to the UNet. */
import type { ClipTokenizer } from '#models/tokenizers/clip.ts'

/** One text encoder as the prompt code needs it. */
export interface TextEncoder {
  readonly tokenizer: ClipTokenizer
  /** Size of one position's hidden state. */
  readonly width: number
  /** Positions, 77. */
  readonly context: number
  /**
   * ids: [context]. mask: the positions that may be attended to, all by default.
   * hidden: [context, width], the penultimate states. pooled: [projection], of the second encoder
   * only.
   */
  encode(ids: readonly number[], mask?: readonly boolean[]): Promise<EncodedWindow>
}

export interface EncodedWindow {
  readonly hidden: Float32Array
  readonly pooled: Float32Array | undefined
}

/** A prompt as the UNet takes it. */
export interface PromptEmbedding {
  /** [tokens, width]: the first encoder's states, then the second's, side by side. */
  readonly hidden: Float32Array
  readonly tokens: number
  readonly width: number
  /** [projection] */
  readonly pooled: Float32Array
}
