/**
 * The words a network is written in, and the only seam between targets: a lowering says how each word
 * is spelled in ONNX. Shapes are logical; how an image lies in memory is a lowering's own affair.
 */
import type { Value } from './graph.ts'
import type { Rewrite } from './rewrite.ts'

export interface Lowering {
  readonly name: 'portable' | 'cuda'
  /** What becomes of the finished graph, in this order: fusions across words. */
  readonly rewrites: readonly Rewrite[]

  /** An image as it is fed, [batch, channels, height, width], to the lowering's own layout. */
  enter(image: Value): Value
  /** The inverse of enter. */
  leave(image: Value): Value

  add(a: Value, b: Value): Value
  /** Adds v [batch, channels] to every pixel of x. */
  addToPixels(x: Value, v: Value): Value
  /** Lays two images side by side on the channel axis. */
  concat(a: Value, b: Value): Value

  /** scale · x [..., in] · weightᵀ [in, out] + bias [out]; the weight lies as torch keeps it, [out, in]. */
  linear(x: Value, weight: Value, bias: Value | null, options?: Linear): Value
  /** weight [out, in, kernel, kernel], bias [out]. */
  conv2d(x: Value, weight: Value, bias: Value, options: Convolution): Value
  /** Normalises each group of channels of an image; with `silu`, SiLU follows. */
  groupNorm(x: Value, scale: Value, shift: Value, options: GroupNorm): Value
  /** Normalises the last axis. */
  layerNorm(x: Value, scale: Value, shift: Value, options: { readonly epsilon: number }): Value

  /** Scaled dot-product attention of q [batch, length, width] over k and v [batch, keys, width]. */
  attention(q: Value, k: Value, v: Value, options: Attention): Value
  silu(x: Value): Value
  /** Exact: x·Φ(x). */
  gelu(x: Value): Value
  /** x·σ(1.702 x). */
  quickGelu(x: Value): Value
  /** The first half of the last axis times GELU of the second. */
  geglu(x: Value): Value

  /** Row `ids` of a table [rows, width]. */
  embed(table: Value, ids: Value): Value
  /** The token of x [batch, length, width] at a position [1]: [batch, 1, width]. */
  tokenAt(x: Value, position: Value): Value
  /** Twice the size, each pixel four times; cut to the height and width of `like` where that is odd. */
  upsample(x: Value, like?: Value): Value
  /** [batch, channels, height, width] to [batch, height·width, channels]. */
  toTokens(x: Value): Value
  /** The inverse of toTokens, with the height and width of `like`. */
  toPixels(x: Value, like: Value): Value
}

export interface Linear {
  /** 1 by default. */
  readonly scale?: number
}

export interface Convolution {
  readonly stride: number
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number]
}

export interface GroupNorm {
  readonly groups: number
  readonly epsilon: number
  readonly silu: boolean
}

export interface Attention {
  readonly heads: number
  /** Added to the scores, broadcast to [batch, heads, length, keys]: masks, causal or other. */
  readonly scoreBias?: Value
}
