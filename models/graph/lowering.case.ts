/** What every lowering must do: each word, run on ONNX Runtime, equals its reference in plain loops. */
import { describe, expect, test } from 'vitest'
import { type Feed, openSession, type SessionOptions } from '#worker/engine/session.ts'
import { scopeOf } from '../layers/scope.ts'
import { Graph, type Precision, type Shape, type Value } from './graph.ts'
import type { Lowering } from './lowering.ts'
import { toOnnx } from './onnx.ts'
import { prune } from './prune.ts'
import {
  bytesOf,
  randomInput,
  randomWeight,
  relativeError,
  rounded,
  type Tensor,
} from './tensor.case.ts'
import { type Word, words } from './words.case.ts'

export interface LoweringOptions extends Omit<SessionOptions, 'threads'> {
  readonly precision: Precision
  /** ‖difference‖ / ‖reference‖ at most. */
  readonly tolerance: number
  /** Operators that the device cannot run: words made of them are checked by schema and shape alone. */
  readonly lacks?: ReadonlySet<string>
}

type Sides = 'known' | 'left to run time'

/** Declares the suite, once with the sides of images and the lengths of texts known and once without. */
export function lowering(lowering: Lowering, options: LoweringOptions): void {
  const { device, precision, weights, tolerance } = options
  describe(`${lowering.name} on ${device} in ${precision}, weights ${weights}`, () => {
    describe.each<Sides>(['known', 'left to run time'])('with sides %s', (sides) => {
      test.each(Object.entries(words))('%s', async (_, word) => {
        const written = write(word, sides, { lowering, ...options })
        const { shape, expected } = written
        expect(shape.map((side, axis) => side ?? expected.shape[axis])).toEqual(expected.shape)
        if (sides === 'known') expect(shape).not.toContain(null)
        const opened = openSession<string, 'result'>(written.model, { device, weights, threads: 1 })
        if (written.lacking) {
          // ONNX Runtime looks for kernels once every type and shape has been inferred.
          await expect(opened).rejects.toThrow(WITHOUT_KERNEL)
        } else {
          await using session = await opened
          const { result } = await session.run(written.feeds)
          expect(relativeError(result, expected.data)).toBeLessThanOrEqual(tolerance)
        }
      })
    })
  })
}

function write(
  word: Word,
  sides: Sides,
  { lowering, precision, lacks }: LoweringOptions & { readonly lowering: Lowering },
) {
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
  const lacking = prune(graph).nodes.some(({ domain, operator }) =>
    lacks?.has(`${domain}.${operator}`),
  )
  const expected = word.expected(found(tensors))
  return { model, feeds, lacking, expected, shape: output.shape }
}

/** ONNX Runtime's complaint in its two wordings, as the last thing before a session stands. */
export const WITHOUT_KERNEL = /Failed to find kernel|Could not find an implementation/

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
