/**
 * Modules of LoRA files that no product of two narrow matrices is, as LyCORIS makes them (Yeh et al. 2023): they add to the
 * weight itself. Read in place in their file, checked against the weight that they adapt.
 */
import type { StoredTensor } from '../checkpoints/safetensors.ts'
import { isStoredType, type Weight } from '../checkpoints/weight.ts'
import type { TensorRole } from './tensor-names.ts'

/**
 * What is added to a weight, of its rows and columns, columns being all of a kernel's input:
 *
 * `hadamard`: LoHa, (A₁ B₁) ∘ (A₂ B₂). `kronecker`: LoKr, A ⊗ B, where either may be a product of two. `whole`: as it is.
 */
export interface Difference {
  readonly kind: 'hadamard' | 'kronecker' | 'whole'
  /** Each a matrix, or two whose product it is. */
  readonly matrices: readonly (readonly Weight[])[]
  /** That alpha is divided by; undefined where nothing was narrowed, and alpha means nothing. */
  readonly rank: number | undefined
}

export type ModuleTensors = Readonly<Partial<Record<TensorRole, StoredTensor>>>

/**
 * `target` is the adapted weight's own shape. Undefined where tensors are missing or left over, or do not make up a weight
 * of that shape.
 */
export function layDifference(
  tensors: ModuleTensors,
  target: readonly number[],
): Difference | undefined {
  const [rows = 0, ...inner] = target
  const columns = inner.reduce((all, side) => all * side, 1)
  const { diff, lokr_w1: left, lokr_w2: right } = tensors
  const found = diff
    ? difference('whole', [[diff]])
    : tensors.hada_w1_a
      ? difference('hadamard', [
          [tensors.hada_w1_a, tensors.hada_w1_b],
          [tensors.hada_w2_a, tensors.hada_w2_b],
        ])
      : difference('kronecker', [
          left ? [left] : [tensors.lokr_w1_a, tensors.lokr_w1_b],
          right ? [right] : [tensors.lokr_w2_a, tensors.lokr_w2_b],
        ])
  if (!found || found.matrices.flat().length !== Object.keys(tensors).length) return undefined
  return makesUp(found, rows, columns) ? found : undefined
}

function difference(
  kind: Difference['kind'],
  tensors: readonly (readonly (StoredTensor | undefined)[])[],
): Difference | undefined {
  const matrices = tensors.flatMap((each) => {
    const matrix = laid(each)
    return matrix ? [matrix] : []
  })
  if (matrices.length !== tensors.length) return undefined
  // LoKr's two may be narrowed both or either, to one and the same rank.
  const rank = matrices.findLast((matrix) => matrix.length === 2)?.[1]?.shape[0]
  return { kind, matrices, rank }
}

function makesUp({ kind, matrices }: Difference, rows: number, columns: number): boolean {
  if (kind !== 'kronecker') {
    return matrices.every((matrix) => sizeOf(matrix).join() === [rows, columns].join())
  }
  const product = (side: 0 | 1) => matrices.reduce((all, matrix) => all * sizeOf(matrix)[side], 1)
  return product(0) === rows && product(1) === columns
}

/** As matrices: a kernel's sides are columns. Undefined where one is missing or empty, or two cannot be multiplied. */
function laid(tensors: readonly (StoredTensor | undefined)[]): readonly Weight[] | undefined {
  const weights: Weight[] = []
  for (const tensor of tensors) {
    if (!tensor || !isStoredType(tensor.type) || tensor.shape.length < 2) return undefined
    if (tensor.shape.includes(0)) return undefined
    const [rows = 0, ...inner] = tensor.shape
    const shape = [rows, inner.reduce((all, side) => all * side, 1)]
    weights.push({ type: tensor.type, shape, bytes: tensor.bytes })
  }
  const [first, second] = weights
  return second && first?.shape[1] !== second.shape[0] ? undefined : weights
}

/** Rows and columns of a matrix, or of a product of two. */
export const sizeOf = (matrix: readonly Weight[]): readonly [number, number] => [
  matrix[0]?.shape[0] ?? 0,
  matrix.at(-1)?.shape[1] ?? 0,
]
