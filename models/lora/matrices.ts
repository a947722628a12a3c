/** The two matrices of a LoRA module, or the three of a convolution's, checked against the weight that they adapt, in place in their file. */
import type { StoredTensor } from '../checkpoints/safetensors.ts'
import { isStoredType, type Weight } from '../checkpoints/weight.ts'

export interface Matrices {
  readonly rank: number
  readonly down: Weight
  /** [rank, rank, kernel, kernel]: it has the kernel in place of `down`, which is of one pixel then (Tucker). */
  readonly mid?: Weight
  readonly up: Weight
}

export interface StoredMatrices {
  readonly down: StoredTensor
  readonly mid?: StoredTensor | undefined
  readonly up: StoredTensor
}

/**
 * `target` is the adapted weight's own shape, [out, in] or [out, in, kernel, kernel]. A linear layer may have been
 * trained as a 1 × 1 convolution and the other way round, which is the same bytes. Undefined where they do not fit.
 */
export function layMatrices(
  { down, mid, up }: StoredMatrices,
  target: readonly number[],
): Matrices | undefined {
  const [rank = 0] = down.shape
  const [out = 0, into = 0, ...kernel] = target
  const pixel = kernel.map(() => 1)
  const laidDown = laid(down, [rank, into, ...(mid ? pixel : kernel)])
  const laidMid = mid && kernel.length > 0 ? laid(mid, [rank, rank, ...kernel]) : undefined
  const laidUp = laid(up, [out, rank, ...pixel])
  if (rank === 0 || !laidDown || !laidUp || (mid && !laidMid)) return undefined
  return { rank, down: laidDown, up: laidUp, ...(laidMid && { mid: laidMid }) }
}

function laid({ type, shape: found, bytes }: StoredTensor, shape: readonly number[]) {
  return isStoredType(type) && squeezed(found) === squeezed(shape)
    ? { type, shape, bytes }
    : undefined
}

/** [a, b, 1, 1] and [a, b] are the same matrix. */
const squeezed = ([a, b, ...kernel]: readonly number[]): string =>
  [a, b, ...(kernel.every((side) => side === 1) ? [] : kernel)].join()
