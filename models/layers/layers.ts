/**
 * Layers: what a paper draws as one box. Each names its parameters as the checkpoint does and reads
 * its input width off `x`, so that a network file says only how boxes are wired.
 */
import { type Value, widthOf } from '../graph/graph.ts'
import type { Attention, Convolution } from '../graph/lowering.ts'
import type { Scope } from './scope.ts'

export { widthOf }

export const add = (a: Value, b: Value): Value => a.graph.lowering.add(a, b)
/** Lays a skip connection beside x, on the channel axis. */
export function concat(x: Value, skip: Value | undefined): Value {
  if (!skip) throw new Error('more skips are taken than were left')
  return x.graph.lowering.concat(x, skip)
}
export const multiply = (a: Value, b: Value): Value => a.graph.lowering.multiply(a, b)
export const silu = (x: Value): Value => x.graph.lowering.silu(x)

export function linear(at: Scope, x: Value, to: number, { bias = true } = {}): Value {
  const weight = at.weight('weight', to, widthOf(x))
  return x.graph.lowering.linear(x, weight, bias ? at.weight('bias', to) : null)
}

export function conv2d(
  at: Scope,
  x: Value,
  to: number,
  { kernel = 3, stride = 1, pads = [1, 1, 1, 1] }: Partial<Convolution & { kernel: number }> = {},
): Value {
  const weight = at.weight('weight', to, widthOf(x), kernel, kernel)
  const options: Convolution = { stride, pads: kernel === 1 ? [0, 0, 0, 0] : pads }
  return x.graph.lowering.conv2d(x, weight, at.weight('bias', to), options)
}

export function groupNorm(
  at: Scope,
  x: Value,
  { groups = 32, epsilon = 1e-5, silu = false } = {},
): Value {
  const [scale, shift] = [at.weight('weight', widthOf(x)), at.weight('bias', widthOf(x))]
  return x.graph.lowering.groupNorm(x, scale, shift, { groups, epsilon, silu })
}

export function layerNorm(at: Scope, x: Value, epsilon = 1e-5): Value {
  const [scale, shift] = [at.weight('weight', widthOf(x)), at.weight('bias', widthOf(x))]
  return x.graph.lowering.layerNorm(x, scale, shift, { epsilon })
}

export function rmsNorm(at: Scope, x: Value, epsilon: number): Value {
  return x.graph.lowering.rmsNorm(x, at.weight('weight', widthOf(x)), { epsilon })
}

export function embedding(at: Scope, ids: Value, [rows, width]: [number, number]): Value {
  return ids.graph.lowering.embed(at.weight('weight', rows, width), ids)
}

/** Where the four projections of an attention stand in the checkpoint, and which have a bias. */
export interface Projections {
  readonly query: string
  readonly key: string
  readonly value: string
  readonly out: string
  /** Of query, key and value; the last always has one. */
  readonly bias: boolean
}

/** Multi-head attention of x over `context`; self-attention where they are the same. */
export function attention(
  at: Scope,
  [x, context]: readonly [Value, Value],
  { query, key, value, out, bias, ...options }: Projections & Attention,
): Value {
  const project = (name: string, from: Value) => linear(at.at(name), from, widthOf(x), { bias })
  const mixed = x.graph.lowering.attention(
    project(query, x),
    project(key, context),
    project(value, context),
    options,
  )
  return linear(at.at(out), mixed, widthOf(x))
}

export function upsample(at: Scope, x: Value, like?: Value): Value {
  return conv2d(at, x.graph.lowering.upsample(x, like), widthOf(x))
}
