/** What each of the three syntaxes makes of a text with one text encoder. */

export interface EncodedText {
  /** Each [context, width]. At least one. */
  readonly windows: readonly Float32Array[]
  /** [projection], of an encoder that has one. */
  readonly pooled: Float32Array | undefined
  /** Tokens in the text, start, end and padding not counted, nor anything cut. */
  readonly tokens: number
  readonly truncated: boolean
}
