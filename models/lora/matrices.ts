/** The two matrices of a LoRA module, checked against the weight that they adapt, in place in their file. */
import type { StoredTensor } from '../checkpoints/safetensors.ts'
import { isStoredType, type Weight } from '../checkpoints/weight.ts'

export interface Matrices {
  readonly rank: number
  readonly down: Weight
  readonly up: Weight
}

/**
 * `target` is the adapted weight's own shape, [out, in] or [out, in, kernel, kernel]. A linear layer may have been
 * trained as a 1 × 1 convolution and the other way round, which is the same bytes. Undefined where they do not fit.
 */
export function layMatrices(
  down: StoredTensor,
  up: StoredTensor,
  target: readonly number[],
): Matrices | undefined {
  const [rank = 0] = down.shape
  const [out = 0, ...inner] = target
  const pixel = target.length === 4 ? [1, 1] : []
  const [laidDown, laidUp] = [laid(down, [rank, ...inner]), laid(up, [out, rank, ...pixel])]
  return rank > 0 && laidDown && laidUp ? { rank, down: laidDown, up: laidUp } : undefined
}

function laid({ type, shape: found, bytes }: StoredTensor, shape: readonly number[]) {
  return isStoredType(type) && squeezed(found) === squeezed(shape)
    ? { type, shape, bytes }
    : undefined
}

/** [a, b, 1, 1] and [a, b] are the same matrix. */
const squeezed = ([a, b, ...kernel]: readonly number[]): string =>
  [a, b, ...(kernel.every((side) => side === 1) ? [] : kernel)].join()
