/** The words on tokens and single values, in plain loops: what every lowering must equal. */
import { at, type Tensor, tensorOf } from './tensor.case.ts'

/** x·σ(x). */
export const siluOf = (x: number): number => x / (1 + Math.exp(-x))
/** x·σ(1.702 x). */
export const quickGeluOf = (x: number): number => x / (1 + Math.exp(-1.702 * x))
/** x·Φ(x). */
export const geluOf = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2))

/** 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!! (Abramowitz and Stegun 7.1.6): all terms of one sign, so exact. */
function erf(x: number): number {
  let [term, sum] = [x, 0]
  for (let n = 0; sum + term !== sum; n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 3)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

export const each = (x: Tensor, of: (value: number) => number): Tensor => ({
  shape: x.shape,
  data: Float64Array.from(x.data, of),
})

export const add = (a: Tensor, b: Tensor): Tensor => ({
  shape: a.shape,
  data: Float64Array.from(a.data, (value, i) => value + b.data[i]!),
})

/** x [..., in] · weightᵀ [in, out] + bias [out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [to = 0, from = 0] = weight.shape
  const rows = x.shape.slice(0, -1)
  const flat = { shape: [x.data.length / from, from], data: x.data }
  const y = tensorOf([x.data.length / from, to], (row = 0, o = 0) => {
    let sum = bias ? at(bias, o) : 0
    for (let i = 0; i < from; i++) sum += at(flat, row, i) * at(weight, o, i)
    return sum
  })
  return { shape: [...rows, to], data: y.data }
}

export function layerNorm(
  x: Tensor,
  [scale, shift]: readonly [Tensor, Tensor],
  { epsilon }: { readonly epsilon: number },
): Tensor {
  const [batch = 0, length = 0, width = 0] = x.shape
  const moments = tensorOf([batch, length, 2], (b = 0, token = 0, which) => {
    const values = Array.from({ length: width }, (_, i) => at(x, b, token, i))
    const mean = values.reduce((sum, value) => sum + value, 0) / width
    if (which === 0) return mean
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
  })
  return tensorOf(x.shape, (b = 0, token = 0, i = 0) => {
    const [mean, variance] = [at(moments, b, token, 0), at(moments, b, token, 1)]
    return (
      ((at(x, b, token, i) - mean) / Math.sqrt(variance + epsilon)) * at(scale, i) + at(shift, i)
    )
  })
}

/** softmax(q·kᵀ / √d + scoreBias) · v in each head, d being a head's width; scoreBias is [1, 1, length, keys]. */
export function attention(
  [q, k, v]: readonly [Tensor, Tensor, Tensor],
  { heads, scoreBias }: { readonly heads: number; readonly scoreBias?: Tensor },
): Tensor {
  const [batch = 0, length = 0, width = 0] = q.shape
  const keys = k.shape[1] ?? 0
  const own = width / heads
  const scores = tensorOf([batch, heads, length, keys], (b = 0, head = 0, row = 0, key = 0) => {
    let dot = 0
    for (let i = head * own; i < (head + 1) * own; i++) dot += at(q, b, row, i) * at(k, b, key, i)
    return dot / Math.sqrt(own) + (scoreBias ? at(scoreBias, 0, 0, row, key) : 0)
  })
  return tensorOf(q.shape, (b = 0, row = 0, i = 0) => {
    const head = Math.floor(i / own)
    let [sum, total] = [0, 0]
    for (let key = 0; key < keys; key++) {
      const weight = Math.exp(at(scores, b, head, row, key))
      total += weight
      sum += weight * at(v, b, key, i)
    }
    return sum / total
  })
}

/** The first half of the last axis times GELU of the second. */
export function geglu(x: Tensor): Tensor {
  const [batch = 0, length = 0, width = 0] = x.shape
  const half = width / 2
  return tensorOf(
    [batch, length, half],
    (b = 0, token = 0, i = 0) => at(x, b, token, i) * geluOf(at(x, b, token, half + i)),
  )
}

export const embed = (table: Tensor, ids: Tensor): Tensor =>
  tensorOf([...ids.shape, table.shape[1] ?? 0], (b = 0, token = 0, i = 0) =>
    at(table, at(ids, b, token), i),
  )

export const tokenAt = (x: Tensor, position: number): Tensor =>
  tensorOf([x.shape[0] ?? 0, 1, x.shape[2] ?? 0], (b = 0, _, i = 0) => at(x, b, position, i))
