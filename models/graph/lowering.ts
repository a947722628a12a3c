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
  multiply(a: Value, b: Value): Value
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

  /** x over the root of the mean of its squares along the last axis, times scale. */
  rmsNorm(x: Value, scale: Value, options: { readonly epsilon: number }): Value

  /** Scaled dot-product attention of q [batch, length, width] over k and v [batch, keys, width]. */
  attention(q: Value, k: Value, v: Value, options: Attention): Value
  /** Where the tokens `ids` [1, length] of a decoder stand: made once, for every layer's cachedAttention. */
  places(ids: Value, cache: Cache, options: Rotary): Places
  /**
   * Attention of new tokens over all tokens up to their own: q [1, length, heads · headWidth] over k and v [1, length,
   * kvHeads · headWidth], turned by their places, and over the keys and values of `cache`. `cache` of the result has both.
   */
  cachedAttention(qkv: QueryKeyValue, cache: Cache, options: CachedAttention): Attended

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

export type QueryKeyValue = readonly [query: Value, key: Value, value: Value]

/** Of the tokens before, [1, kvHeads, tokens, headWidth] each; of none, zero tokens long. */
export interface Cache {
  readonly key: Value
  readonly value: Value
}

/** Rotary position embedding, Su et al. 2021; the first half of a head's width is paired with the second. */
export interface Rotary {
  readonly headWidth: number
  /** Base of the wavelengths, 1e6 in Qwen 2.5. */
  readonly theta: number
}

/** What a lowering's own attention reads: angles' cosines and sines, and which keys a query sees. */
export interface Places {
  readonly cos: Value
  readonly sin: Value
  readonly seen: readonly Value[]
}

export interface CachedAttention {
  readonly heads: number
  /** Fewer than heads where several share keys and values (grouped-query attention). */
  readonly kvHeads: number
  readonly places: Places
}

export interface Attended {
  readonly mixed: Value
  readonly cache: Cache
}
