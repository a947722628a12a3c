/** One word as a model of its own, with random numbers to feed it and what must come out. */
import type { Feed } from '#worker/engine/session.ts'
import { scopeOf } from '../layers/scope.ts'
import { Graph, type Precision, type Shape, type Value } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { toOnnx } from './onnx.ts'
import { prune } from './prune.ts'
import { bytesOf, randomInput, randomWeight, rounded, type Tensor } from './tensor.case.ts'
import type { Word } from './words.case.ts'

/** Whether images come with height and width, and texts with a length, before they run. */
export type Sides = 'known' | 'left to run time'

export interface WordOptions {
  readonly lowering: Lowering
  readonly precision: Precision
  readonly sides: Sides
}

export interface WrittenWord {
  readonly model: Uint8Array
  readonly feeds: Readonly<Record<string, Feed>>
  /** Of the output `result`, as the lowering believes: null where it is left to run time. */
  readonly shape: Shape
  readonly expected: Tensor
  /** Domain and name of each, as in `com.microsoft.GroupNorm`. */
  readonly operators: readonly string[]
}

export function writtenWord(word: Word, { lowering, precision, sides }: WordOptions): WrittenWord {
  const graph = new Graph('word', lowering, precision)
  const tensors = new Map<string, Tensor>()
  const values = new Map<string, Value>()
  const feeds: Record<string, Feed> = {}
  for (const [name, given] of Object.entries(word.inputs ?? {})) {
    const tensor = rounded('data' in given ? given : randomInput(name, given), precision)
    const { shape } = tensor
    tensors.set(name, tensor)
    values.set(name, graph.input(name, sides === 'known' ? shape : open(shape)))
    feeds[name] = { shape, data: Float32Array.from(tensor.data) }
  }
  for (const [name, { shape, data }] of Object.entries(word.whole ?? {})) {
    tensors.set(name, { shape, data })
    values.set(name, graph.input(name, shape, 'int64'))
    feeds[name] = { shape, data: BigInt64Array.from(data, BigInt) }
  }

  const output = word.write(scopeOf(graph, LAYER), found(values))
  graph.output('result', output)
  const model = toOnnx(graph, (name, shape) => {
    const tensor = rounded(randomWeight(name, shape), precision)
    tensors.set(name.slice(LAYER.length + 1), tensor)
    return { type: storedAs[precision], shape, bytes: bytesOf(tensor, precision) }
  })
  const expected = word.expected(found(tensors))
  const operators = prune(graph).nodes.map(({ domain, operator }) => `${domain}.${operator}`)
  return { model, feeds, shape: output.shape, expected, operators }
}

/** Where a word's weights stand. */
const LAYER = 'layer'

const storedAs = { float32: 'F32', float16: 'F16' } as const

/** An image without its sides, or tokens without their length. */
function open(shape: readonly number[]): Shape {
  if (shape.length === 4) return [...shape.slice(0, 2), null, null]
  return shape.length === 3 ? shape.map((side, axis) => (axis === 1 ? null : side)) : shape
}

const found =
  <T>(all: ReadonlyMap<string, T>) =>
  (name: string): T => {
    const one = all.get(name)
    if (one === undefined) throw new Error(`the word has no ${name}`)
    return one
  }
