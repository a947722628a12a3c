/**
 * Turns a prompt and a negative prompt into what the UNet is conditioned on, through both of SDXL's
 * text encoders.
 */
import type { PromptSyntax } from '#contract'
import { encodeA1111 } from './encode-a1111.ts'
import { encodeCompel } from './encode-compel.ts'
import { encodePlain } from './encode-plain.ts'
import type { EncodedText } from './encoded-text.ts'
import type { PromptEmbedding, TextEncoder } from './text-encoder.ts'
import { type WindowSource, windowSource } from './window-source.ts'

export interface PromptRequest {
  readonly prompt: string
  /** null: zeros where `zeroEmptyNegative`, else as ''. '' is encoded. */
  readonly negativePrompt: string | null
  readonly syntax: PromptSyntax
  /** The checkpoint's `force_zeros_for_empty_prompt`. */
  readonly zeroEmptyNegative: boolean
  /**
   * Windows (of 75 tokens) at most, the rest is cut: 1 truncates as diffusers does. As many as
   * needed, up to 16, where absent.
   */
  readonly windows?: number | undefined
  /** False: no negative prompt is encoded. */
  readonly guided: boolean
  readonly signal?: AbortSignal | undefined
}

export interface EncodedPrompts {
  readonly prompt: PromptEmbedding
  /** As many tokens as `prompt`. Undefined where not guided. */
  readonly negative: PromptEmbedding | undefined
  /** Tokens in the prompt before anything was cut, without start, end and padding. */
  readonly tokens: number
  /** Windows that both embeddings are long. */
  readonly windows: number
  /** Whether something of either prompt was cut. */
  readonly truncated: boolean
}

/**
 * Each is a run of both encoders, and 77 positions more in every cross-attention; 1,200 tokens are
 * some 900 words.
 */
export const MAX_WINDOWS = 16

/**
 * Deterministic; no prompt is refused. Runs each encoder once for each different window. Throws the
 * signal's reason when aborted.
 */
export async function encodePrompts(
  encoders: readonly [TextEncoder, TextEncoder],
  request: PromptRequest,
): Promise<EncodedPrompts> {
  const sources = encoders.map((encoder) => windowSource(encoder, request.signal))
  const limit = Math.min(Math.max(request.windows ?? MAX_WINDOWS, 1), MAX_WINDOWS)
  const encode = async (text: string) => {
    const texts: Encoded[] = []
    for (const source of sources) {
      texts.push({ source, text: await encodeText[request.syntax](source, text, limit) })
    }
    return texts
  }
  const { negativePrompt, guided, zeroEmptyNegative } = request
  const zero = negativePrompt === null && zeroEmptyNegative

  const positive = await encode(request.prompt)
  const negative = guided && !zero ? await encode(negativePrompt ?? '') : []
  const both = [...positive, ...negative]
  const windows = Math.max(...both.map(({ text }) => text.windows.length))
  const prompt = await joined(positive, windows)
  return {
    prompt,
    negative: guided ? (zero ? zeros(prompt) : await joined(negative, windows)) : undefined,
    tokens: positive[0]?.text.tokens ?? 0,
    windows,
    truncated: both.some(({ text }) => text.truncated),
  }
}

const encodeText = { none: encodePlain, compel: encodeCompel, a1111: encodeA1111 }

interface Encoded {
  readonly source: WindowSource
  readonly text: EncodedText
}

// Shorter texts are padded with the empty window, then each position's states are laid side by
// side.
async function joined(encoded: readonly Encoded[], windows: number): Promise<PromptEmbedding> {
  const width = encoded.reduce((sum, { source }) => sum + source.width, 0)
  const context = encoded[0]?.source.context ?? 0
  const hidden = new Float32Array(windows * context * width)
  let column = 0
  for (const { source, text } of encoded) {
    const { hidden: empty } = await source.empty()
    for (let position = 0; position < windows * context; position++) {
      const window = text.windows[Math.floor(position / context)] ?? empty
      const start = (position % context) * source.width
      hidden.set(window.subarray(start, start + source.width), position * width + column)
    }
    column += source.width
  }
  const pooled = encoded.at(-1)?.text.pooled
  if (!pooled) throw new Error('the second text encoder gave no pooled embedding')
  return { hidden, tokens: windows * context, width, pooled }
}

function zeros({ hidden, tokens, width, pooled }: PromptEmbedding): PromptEmbedding {
  return {
    hidden: new Float32Array(hidden.length),
    tokens,
    width,
    pooled: new Float32Array(pooled.length),
  }
}
