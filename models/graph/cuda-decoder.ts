/** Attention with a cache as one fused operator: rotary embedding, cache and causality are all inside, scores in float32. */
import type { Lowering } from './lowering.ts'
import { anglesOf, positionsOf } from './positions.ts'
import { reshape } from './reshape.ts'

export const places: Lowering['places'] = (ids, cache, rotary) => {
  const { graph } = ids
  const { all, total } = positionsOf(ids, cache)
  const count = graph.cast(total, 'int32')
  // The operator asks for the last place of each sequence, and for how many tokens there are, as a scalar.
  const last = graph.node('Sub', [count, graph.cast(graph.integers(1), 'int32')], { shape: [1] })
  return { ...anglesOf(all, rotary), seen: [last, reshape(count, [], [])] }
}

export const cachedAttention: Lowering['cachedAttention'] = ([q, k, v], cache, options) => {
  const { heads, kvHeads, places } = options
  const grown = { shape: cache.key.shape.map((side, axis) => (axis === 2 ? null : side)) }
  const [mixed, key, value] = q.graph.nodeOf(
    'GroupQueryAttention',
    [q, k, v, cache.key, cache.value, ...places.seen, places.cos, places.sin],
    {
      shape: q.shape,
      domain: 'com.microsoft',
      attributes: { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1 },
      results: [grown, grown],
    },
  )
  if (!key || !value) throw new Error('GroupQueryAttention has three results')
  return { mixed, cache: { key, value } }
}
