/** Attention with a cache in standard ONNX: rotary embedding, and a bias that hides from each token what follows it. */
import type { Value } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { anglesOf, positionsOf } from './positions.ts'
import { reshape } from './reshape.ts'

export const places: Lowering['places'] = (ids, cache, rotary) => {
  const { graph } = ids
  const { all, own } = positionsOf(ids, cache)
  const column = reshape(own, [null, 1], [null, 1])
  // is_causal would count a query's place from the first key, whatever the cache holds.
  const follows = graph.node('Greater', [all, column], { shape: [null, null], type: 'bool' })
  const [hidden, shown] = [Number.NEGATIVE_INFINITY, 0].map((value) => graph.numbers([value], []))
  const bias = graph.node('Where', [follows, hidden ?? null, shown ?? null], {
    shape: [null, null],
    type: graph.precision,
  })
  const { cos, sin } = anglesOf(own, rotary)
  const half = rotary.headWidth / 2
  const ofBatch = (x: Value) => reshape(x, [1, null, half], [1, null, half])
  return { cos: ofBatch(cos), sin: ofBatch(sin), seen: [bias] }
}

export const cachedAttention: Lowering['cachedAttention'] = ([q, k, v], cache, options) => {
  const { heads, kvHeads, places } = options
  const { graph } = q
  const turned = (x: Value, count: number) =>
    graph.node('RotaryEmbedding', [x, places.cos, places.sin], {
      shape: x.shape,
      attributes: { num_heads: count },
    })
  const [bias] = places.seen
  const grown = { shape: cache.key.shape.map((side, axis) => (axis === 2 ? null : side)) }
  const [mixed, key, value] = graph.nodeOf(
    'Attention',
    [turned(q, heads), turned(k, kvHeads), v, bias ?? null, cache.key, cache.value],
    {
      shape: q.shape,
      attributes: { q_num_heads: heads, kv_num_heads: kvHeads },
      results: [grown, grown],
    },
  )
  if (!key || !value) throw new Error('Attention has three results')
  return { mixed, cache: { key, value } }
}
