/**
 * The words in ONNX Runtime's fused operators for CUDA: images lie channels-last from end to end, weights as
 * torch keeps them. What crosses the border of a word is fused afterwards (cuda-rewrites.ts).
 */
import { convolution } from './convolution.ts'
import { cachedAttention, places } from './cuda-decoder.ts'
import { cudaRewrites } from './cuda-rewrites.ts'
import { type Value, widthOf } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { doubled } from './nearest.ts'
import { portable } from './portable.ts'
import { allSides, area, product, reshape } from './reshape.ts'

/** The widths that BiasSplitGelu has a kernel for. */
const SPLIT_GELU_WIDTHS = new Set([2560, 5120, 10_240])

export const cuda: Lowering = {
  ...portable,
  name: 'cuda',
  rewrites: cudaRewrites,

  enter: (image) =>
    image.graph.node('Transpose', [image], {
      shape: image.shape,
      attributes: { perm: [0, 2, 3, 1] },
    }),
  leave: (image) =>
    image.graph.node('Transpose', [image], {
      shape: image.shape,
      attributes: { perm: [0, 3, 1, 2] },
    }),

  addToPixels(x, v) {
    const [batch = null, channels = null] = v.shape
    const pixel = reshape(v, [batch, 1, 1, channels], [batch, channels, 1, 1])
    return x.graph.node('Add', [x, pixel], { shape: x.shape })
  },

  concat(a, b) {
    const [batch = null, , height = null, width = null] = a.shape
    const shape = [batch, widthOf(a) + widthOf(b), height, width]
    return a.graph.node('Concat', [a, b], { shape, attributes: { axis: 3 } })
  },

  // The bias apart, so that what follows may take it in.
  linear(x, weight, bias, { scale = 1 } = {}) {
    const shape = [...x.shape.slice(0, -1), weight.shape[0] ?? null]
    const attributes = { transB: 1, alpha: scale }
    const product = fused('FusedMatMul', [x, weight], { shape, attributes })
    return bias ? portable.add(product, bias) : product
  },

  // The provider's own channels-last convolution takes torch's [out, in, height, width] as it lies.
  conv2d(x, weight, bias, options) {
    const domain = 'com.ms.internal.nhwc'
    const y = x.graph.node('Conv', [x, weight], { domain, ...convolution(x, weight, options) })
    return portable.add(y, bias)
  },

  groupNorm(x, scale, shift, { groups, epsilon, silu }) {
    const inputs = [x, x.graph.cast(scale, 'float32'), x.graph.cast(shift, 'float32')]
    const attributes = { groups, epsilon, activation: silu ? 1 : 0, channels_last: 1 }
    return fused('GroupNorm', inputs, { shape: x.shape, attributes })
  },

  attention(q, k, v, { heads, scoreBias }) {
    const inputs = scoreBias ? [q, k, v, null, null, scoreBias] : [q, k, v]
    return fused('MultiHeadAttention', inputs, {
      shape: q.shape,
      attributes: { num_heads: heads },
    })
  },

  rmsNorm: (x, scale, { epsilon }) =>
    x.graph.node('SimplifiedLayerNormalization', [x, scale], {
      shape: x.shape,
      attributes: { axis: -1, epsilon, stash_type: 1 },
    }),

  places,
  cachedAttention,

  silu: (x) => fused('QuickGelu', [x], { shape: x.shape, attributes: { alpha: 1 } }),
  quickGelu: (x) => fused('QuickGelu', [x], { shape: x.shape, attributes: { alpha: 1.702 } }),

  geglu(x) {
    const width = widthOf(x)
    if (!SPLIT_GELU_WIDTHS.has(width)) return portable.geglu(x)
    const none = x.graph.numbers(Array(width).fill(0))
    return fused('BiasSplitGelu', [x, none], { shape: [...x.shape.slice(0, -1), width / 2] })
  },

  upsample: (x, like) => doubled(x, like, { height: HEIGHT }),

  // Channels are last already: no transposition around a transformer.
  toTokens(x) {
    const [batch = null, channels = null, ...sides] = x.shape
    const shape = [batch, product(sides), channels]
    return reshape(x, shape, shape)
  },

  toPixels(x, like) {
    const [batch = null, , width = null] = x.shape
    const shape = [batch, width, ...like.shape.slice(2)]
    // The whole shape of an equal image needs no arithmetic, which would run on the CPU.
    const isLike = width === widthOf(like) && shape.includes(null)
    const sides = isLike ? [allSides(like)] : [batch, ...area(like, HEIGHT), width]
    return reshape(x, sides, shape)
  },
}

/** Images lie as batch, height, width, channels. */
const HEIGHT = 1

function fused(
  operator: string,
  inputs: readonly (Value | null)[],
  options: Omit<Parameters<Value['graph']['node']>[2], 'domain'>,
): Value {
  const [first] = inputs
  if (!first) throw new Error(`${operator} has no first input`)
  return first.graph.node(operator, inputs, { ...options, domain: 'com.microsoft' })
}
