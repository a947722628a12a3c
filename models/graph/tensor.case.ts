/** Tensors in double precision, as the references of the lowerings' tests compute with them. */
import { Float16Array } from '@petamoriken/float16'
import { weightByRule } from '../goldens/rule.ts'
import type { Precision } from './graph.ts'

export interface Tensor {
  readonly shape: readonly number[]
  /** Row-major. */
  readonly data: ArrayLike<number>
}

/** About ±3.5 and of variance 4, so that activations are seen far from their linear part; by name alone. */
export function randomInput(name: string, shape: readonly number[]): Tensor {
  const data = weightByRule(name, [sizeOf(shape), 1]).map((value) => 2 * value)
  return { shape, data }
}

/** Scaled so that a layer keeps the variance of its input; by name alone. */
export function randomWeight(name: string, shape: readonly number[]): Tensor {
  return { shape, data: weightByRule(name, shape) }
}

/** The nearest that a graph of this precision can hold. */
export function rounded({ shape, data }: Tensor, precision: Precision): Tensor {
  return { shape, data: Float64Array.from(stored(data, precision)) }
}

/** As a checkpoint stores them. */
export function bytesOf({ data }: Tensor, precision: Precision): Uint8Array {
  const { buffer, byteOffset, byteLength } = stored(data, precision)
  return new Uint8Array(buffer, byteOffset, byteLength)
}

const stored = (data: ArrayLike<number>, precision: Precision) =>
  precision === 'float16' ? Float16Array.from(data) : Float32Array.from(data)

/** A tensor whose value at each index `of` gives. */
export function tensorOf(
  shape: readonly number[],
  of: (...index: readonly number[]) => number,
): Tensor {
  const data = new Float64Array(sizeOf(shape))
  const index = shape.map(() => 0)
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = of(...index)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis]! + 1) % shape[axis]!
      if (index[axis] !== 0) break
    }
  }
  return { shape, data }
}

/** The value at an index; 0 where it lies outside, as a padded convolution sees it. */
export function at({ shape, data }: Tensor, ...index: readonly number[]): number {
  let flat = 0
  for (const [axis, i] of index.entries()) {
    if (i < 0 || i >= shape[axis]!) return 0
    flat = flat * shape[axis]! + i
  }
  return data[flat]!
}

/** ‖a − b‖₂ / ‖b‖₂; infinite where a has another length or a value that is not finite. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let [difference, norm] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2
    norm += b[i]! ** 2
  }
  const error = Math.sqrt(difference / norm)
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((size, side) => size * side, 1)
