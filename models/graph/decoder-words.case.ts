/** The words of a decoder on random numbers, beside their references in plain loops. */
import * as nn from '../layers/layers.ts'
import { at, type Tensor, tensorOf } from './tensor.case.ts'
import type { Word } from './words.case.ts'

/** The narrowest heads that the fused operator takes. */
const [HEADS, KV_HEADS, WIDTH] = [4, 2, 16]
const THETA = 1e6

export const decoderWords: Readonly<Record<string, Word>> = {
  rmsNorm: {
    inputs: { x: [2, 7, 24] },
    write: (scope, input) => nn.rmsNorm(scope, input('x'), 1e-6),
    expected: (t) => rmsNorm(t('x'), t('weight'), 1e-6),
  },
  'rmsNorm of a large epsilon': {
    inputs: { x: [2, 7, 24] },
    write: (scope, input) => nn.rmsNorm(scope, input('x'), 0.5),
    expected: (t) => rmsNorm(t('x'), t('weight'), 0.5),
  },
  'multiply of tokens': {
    inputs: { a: [2, 7, 24], b: [2, 7, 24] },
    write: (_, input) => nn.multiply(input('a'), input('b')),
    expected: (t) => tensorOf([2, 7, 24], (...i) => at(t('a'), ...i) * at(t('b'), ...i)),
  },
  'cachedAttention of a whole text': attending({ length: 5, past: 0 }),
  'cachedAttention of one token': attending({ length: 1, past: 6 }),
  'cachedAttention of some tokens after others': attending({ length: 3, past: 4 }),
}

/** Four heads, of which two each share keys and values. */
function attending({ length, past }: { length: number; past: number }): Word {
  const cache = [1, KV_HEADS, past, WIDTH]
  return {
    isCached: true,
    inputs: {
      q: [1, length, HEADS * WIDTH],
      k: [1, length, KV_HEADS * WIDTH],
      v: [1, length, KV_HEADS * WIDTH],
      pastKey: cache,
      pastValue: cache,
    },
    whole: { ids: { shape: [1, length], data: Array(length).fill(0) } },
    write: (scope, input) => {
      const { lowering } = scope.graph
      const cache = { key: input('pastKey'), value: input('pastValue') }
      const places = lowering.places(input('ids'), cache, { headWidth: WIDTH, theta: THETA })
      const qkv = [input('q'), input('k'), input('v')] as const
      const options = { heads: HEADS, kvHeads: KV_HEADS, places }
      return lowering.cachedAttention(qkv, cache, options).mixed
    },
    expected: (t) => attention([t('q'), t('k'), t('v')], [t('pastKey'), t('pastValue')]),
  }
}

function rmsNorm(x: Tensor, scale: Tensor, epsilon: number): Tensor {
  const width = x.shape.at(-1) ?? 0
  return tensorOf(x.shape, (b = 0, row = 0, i = 0) => {
    let sum = 0
    for (let j = 0; j < width; j++) sum += at(x, b, row, j) ** 2
    return (at(x, b, row, i) / Math.sqrt(sum / width + epsilon)) * at(scale, i)
  })
}

/** Keys of the cache come turned already; each token sees the cache, itself and those before it. */
function attention(
  [q, k, v]: readonly [Tensor, Tensor, Tensor],
  [pastKey, pastValue]: readonly [Tensor, Tensor],
): Tensor {
  const [, length = 0] = q.shape
  const [, , past = 0] = pastKey.shape
  const keyAt = (head: number, key: number, i: number) =>
    key < past ? at(pastKey, 0, head, key, i) : turned(k, [key - past, head, i], past)
  const valueAt = (head: number, key: number, i: number) =>
    key < past ? at(pastValue, 0, head, key, i) : at(v, 0, key - past, head * WIDTH + i)
  return tensorOf([1, length, HEADS * WIDTH], (_, row = 0, column = 0) => {
    const [head, i] = [Math.floor(column / WIDTH), column % WIDTH]
    const shared = Math.floor(head / (HEADS / KV_HEADS))
    let [sum, total] = [0, 0]
    for (let key = 0; key <= past + row; key++) {
      let dot = 0
      for (let j = 0; j < WIDTH; j++) dot += turned(q, [row, head, j], past) * keyAt(shared, key, j)
      const weight = Math.exp(dot / Math.sqrt(WIDTH))
      sum += weight * valueAt(shared, key, i)
      total += weight
    }
    return sum / total
  })
}

/** Rotary embedding of x [1, length, heads · width]: element i is turned with the one half a head away. */
function turned(
  x: Tensor,
  [row, head, i]: readonly [row: number, head: number, i: number],
  past: number,
): number {
  const half = WIDTH / 2
  const angle = (past + row) / THETA ** ((2 * (i % half)) / WIDTH)
  const other =
    i < half ? -at(x, 0, row, head * WIDTH + i + half) : at(x, 0, row, head * WIDTH + i - half)
  return at(x, 0, row, head * WIDTH + i) * Math.cos(angle) + other * Math.sin(angle)
}
