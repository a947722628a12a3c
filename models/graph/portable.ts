/** The words in standard ONNX: runs on every provider, and is the reference a fused target is held to. */
import { convolution } from './convolution.ts'
import { type Value, widthOf } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { doubled } from './nearest.ts'
import { cachedAttention, places } from './portable-decoder.ts'
import { area, product, reshape } from './reshape.ts'

export const portable: Lowering = {
  name: 'portable',
  rewrites: [],

  enter: (image) => image,
  leave: (image) => image,

  add: (a, b) => a.graph.node('Add', [a, b], { shape: a.shape }),

  multiply: (a, b) => a.graph.node('Mul', [a, b], { shape: a.shape }),

  addToPixels(x, v) {
    const column = columnOf(v)
    return x.graph.node('Add', [x, column], { shape: x.shape })
  },

  concat(a, b) {
    const [batch = null, , height = null, width = null] = a.shape
    const shape = [batch, widthOf(a) + widthOf(b), height, width]
    return a.graph.node('Concat', [a, b], { shape, attributes: { axis: 1 } })
  },

  // Gemm takes torch's [out, in] as it lies, where MatMul would need a transposed copy.
  linear(x, weight, bias, { scale = 1 } = {}) {
    const [to, from] = weight.shape
    const rows = x.shape.slice(0, -1)
    const all = [product(rows), from ?? null]
    const flat = x.shape.length === 2 ? x : reshape(x, all, all)
    const options = { shape: [product(rows), to ?? null], attributes: { transB: 1, alpha: scale } }
    const y = x.graph.node('Gemm', bias ? [flat, weight, bias] : [flat, weight], options)
    const shape = [...rows, to ?? null]
    return x.shape.length === 2 ? y : reshape(y, shape, shape)
  },

  conv2d: (x, weight, bias, options) =>
    x.graph.node('Conv', [x, weight, bias], convolution(x, weight, options)),

  // Instance normalisation over groups; GroupNormalization itself has no kernel anywhere.
  groupNorm(x, scale, shift, { groups, epsilon, silu }) {
    const { graph } = x
    const [batch = null, channels = null, ...sides] = x.shape
    const all = product([channels, ...sides])
    const perGroup = [batch, groups, all === null ? null : all / groups]
    const grouped = reshape(x, perGroup, perGroup)
    const one = graph.numbers(Array(groups).fill(1))
    const zero = graph.numbers(Array(groups).fill(0))
    const normed = graph.node('InstanceNormalization', [grouped, one, zero], {
      shape: grouped.shape,
      attributes: { epsilon },
    })
    const shaped = reshape(normed, [batch, channels, ...area(x, HEIGHT)], x.shape)
    const scaled = graph.node('Mul', [shaped, columnOf(scale)], x)
    const y = graph.node('Add', [scaled, columnOf(shift)], x)
    return silu ? portable.silu(y) : y
  },

  layerNorm: (x, scale, shift, { epsilon }) =>
    x.graph.node('LayerNormalization', [x, scale, shift], {
      shape: x.shape,
      attributes: { axis: -1, epsilon },
    }),

  rmsNorm: (x, scale, { epsilon }) =>
    x.graph.node('RMSNormalization', [x, scale], {
      shape: x.shape,
      attributes: { axis: -1, epsilon },
    }),

  attention(q, k, v, { heads, scoreBias }) {
    const attributes = { q_num_heads: heads, kv_num_heads: heads }
    const inputs = scoreBias ? [q, k, v, scoreBias] : [q, k, v]
    return q.graph.node('Attention', inputs, { shape: q.shape, attributes })
  },

  places,
  cachedAttention,

  silu: (x) => gated(x, x),
  quickGelu: (x) => gated(x, x.graph.node('Mul', [x, x.graph.numbers([1.702], [])], x)),
  gelu: (x) => x.graph.node('Gelu', [x], { shape: x.shape, attributes: { approximate: 'none' } }),

  geglu(x) {
    const half = widthOf(x) / 2
    const part = (from: number) =>
      x.graph.node(
        'Slice',
        [x, x.graph.integers(from), x.graph.integers(from + half), x.graph.integers(-1)],
        { shape: [...x.shape.slice(0, -1), half] },
      )
    const value = part(0)
    return x.graph.node('Mul', [value, portable.gelu(part(half))], value)
  },

  embed: (table, ids) =>
    table.graph.node('Gather', [table, ids], { shape: [...ids.shape, widthOf(table)] }),

  tokenAt(x, position) {
    const [batch = null] = x.shape
    const shape = [batch, 1, widthOf(x)]
    return x.graph.node('Gather', [x, position], { shape, attributes: { axis: 1 } })
  },

  upsample: (x, like) => doubled(x, like, { height: HEIGHT }),

  toTokens(x) {
    const [batch = null, channels = null, ...sides] = x.shape
    const length = product(sides)
    const flat = reshape(x, [batch, channels, length], [batch, channels, length])
    const shape = [batch, length, channels]
    return x.graph.node('Transpose', [flat], { shape, attributes: { perm: [0, 2, 1] } })
  },

  toPixels(x, like) {
    const [batch = null, length = null, width = null] = x.shape
    const shape = [batch, width, length]
    const flat = x.graph.node('Transpose', [x], { shape, attributes: { perm: [0, 2, 1] } })
    return reshape(
      flat,
      [batch, width, ...area(like, HEIGHT)],
      [batch, width, ...like.shape.slice(2)],
    )
  },
}

/** v [..., channels] as [..., channels, 1, 1], which broadcasts over an image. */
function columnOf(v: Value): Value {
  const shape = [...v.shape, 1, 1]
  return reshape(v, shape, shape)
}

/** x·σ(gate): SiLU where the gate is x itself. */
function gated(x: Value, gate: Value): Value {
  return x.graph.node('Mul', [x, x.graph.node('Sigmoid', [gate], x)], x)
}

/** Standard operators keep images as they are fed: batch, channels, height, width. */
const HEIGHT = 2
