/**
 * Whole differences in a graph: W + Σ strength · scale · ΔW, made of their few numbers each time the network runs, because
 * a copy of all weights would be as large as the checkpoint.
 */
import type { Weight } from '../checkpoints/weight.ts'
import type { Value } from '../graph/graph.ts'
import { reshape } from '../graph/reshape.ts'
import { type Difference, sizeOf } from './differences.ts'

/** One of a LoRA, with its strength in the scale. */
export interface ScaledDifference extends Pick<Difference, 'kind' | 'matrices'> {
  /** Of its parameters, what comes before `.0` and `.1`. */
  readonly name: string
  readonly scale: number
}

/** Declares a parameter of that name which has this weight. */
type DeclareParameter = (name: string, weight: Weight) => Value

/** `weight` itself where there are no differences. */
export function reweighted(
  weight: Value,
  differences: readonly ScaledDifference[],
  declare: DeclareParameter,
): Value {
  const { graph, shape } = weight
  return differences.reduce((sum, { name, kind, matrices, scale }) => {
    const made = matrices.map((matrix, i) => product(matrix, `${name}.${i}`, declare))
    const difference = reshape(combined(kind, made, matrices), shape, shape)
    const scaled = graph.node('Mul', [difference, graph.numbers([scale])], { shape })
    return graph.node('Add', [sum, scaled], { shape })
  }, weight)
}

function product(matrix: readonly Weight[], name: string, declare: DeclareParameter): Value {
  const factors = matrix.map((weight, i) => declare(`${name}.${i}`, weight))
  return factors.reduce((a, b) => a.graph.node('MatMul', [a, b], { shape: sizeOf(matrix) }))
}

function combined(
  kind: Difference['kind'],
  [first, second]: readonly Value[],
  matrices: Difference['matrices'],
): Value {
  if (!first) throw new Error('a difference of no matrices')
  if (!second) return first
  const { graph } = first
  if (kind === 'hadamard') return graph.node('Mul', [first, second], { shape: first.shape })
  // Each number of the first times the whole second: rows and columns are pairs, until they are laid flat.
  const [[a, b], [c, d]] = [sizeOf(matrices[0] ?? []), sizeOf(matrices[1] ?? [])]
  const sides = [
    [a, 1, b, 1],
    [1, c, 1, d],
  ]
  const [left, right] = [first, second].map((value, i) =>
    reshape(value, sides[i] ?? [], sides[i] ?? []),
  )
  return graph.node('Mul', [left ?? null, right ?? null], { shape: [a, c, b, d] })
}
