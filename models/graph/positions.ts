/** Where the new tokens of a decoder stand, and the angles that rotary embedding turns them by. */
import type { Value } from './graph.ts'
import type { Cache, Rotary } from './lowering.ts'
import { reshape } from './reshape.ts'

export interface Positions {
  /** Of every token, those of the cache first: [total], 0 to total - 1. */
  readonly all: Value
  /** Of the new tokens: [length]. */
  readonly own: Value
  /** How many there are in all: [1]. */
  readonly total: Value
}

/** Of `ids` [1, length] after what `cache` holds. */
export function positionsOf(ids: Value, { key }: Cache): Positions {
  const { graph } = ids
  const length = side(ids, 1)
  const past = side(key, 2)
  const total = graph.node('Add', [length, past], { shape: [1] })
  const steps = [graph.integers(0), total, graph.integers(1)].map((value) => reshape(value, [], []))
  const all = graph.node('Range', steps, { shape: [null] })
  const end = graph.integers(Number.MAX_SAFE_INTEGER)
  const own = graph.node('Slice', [all, past, end], { shape: [null] })
  return { all, own, total }
}

/** Cosines and sines of `positions` [tokens] times each frequency: [tokens, headWidth / 2], in the graph's precision. */
export function anglesOf(
  positions: Value,
  { headWidth, theta }: Rotary,
): { readonly cos: Value; readonly sin: Value } {
  const { graph } = positions
  // In float32 throughout, and each step rounded to it, as transformers does.
  const frequencies = Array.from({ length: headWidth / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headWidth))),
  )
  const column = reshape(graph.cast(positions, 'float32'), [null, 1], [null, 1])
  const row = graph.numbers(frequencies, [1, headWidth / 2], 'float32')
  const shape = [null, headWidth / 2]
  const angles = graph.node('Mul', [column, row], { shape })
  const turned = (operator: 'Cos' | 'Sin') =>
    graph.cast(graph.node(operator, [angles], { shape }), graph.precision)
  return { cos: turned('Cos'), sin: turned('Sin') }
}

function side(x: Value, axis: number): Value {
  const attributes = { start: axis, end: axis + 1 }
  return x.graph.node('Shape', [x], { shape: [1], type: 'int64', attributes })
}
