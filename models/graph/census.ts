/** What a graph is made of, without running it: parameters, nodes, arithmetic and traffic. */
import type { Graph, Node, Shape, Value } from './graph.ts'
import { prune } from './prune.ts'

export interface Census {
  /** Of the network as described, which is what the checkpoint holds. */
  readonly parameters: number
  readonly tensors: number
  /** Of the graph as run. */
  readonly nodes: number
  readonly operators: Readonly<Record<string, number>>
  /** Multiplications and additions in convolutions, matrix products and attention: two a pair. */
  readonly operations: number
  readonly weightBytes: number
  /** What nodes read and write beside weights, if nothing is fused. */
  readonly activationBytes: number
}

/** Needs every side of every shape: throws where one is left to run time, save the prompt's length. */
export function census(graph: Graph, { promptLength }: { promptLength: number }): Census {
  const live = prune(graph)
  const sides = (shape: Shape) => shape.map((side) => side ?? promptLength)
  const bytes = ({ shape, type }: Value) => product(sides(shape)) * width[type]
  const fixed = new Set([...live.parameters, ...live.constants].map(({ value }) => value.name))
  const moved = live.nodes.filter(({ operator }) => !views.has(operator))
  const operators: Record<string, number> = {}
  for (const { operator } of live.nodes) operators[operator] = (operators[operator] ?? 0) + 1
  return {
    parameters: sum([...graph.parameters.values()], ({ shape }) => product(shape)),
    tensors: graph.parameters.size,
    nodes: live.nodes.length,
    operators: Object.fromEntries(Object.entries(operators).sort(([, a], [, b]) => b - a)),
    operations: sum(live.nodes, (node) => operations(node, sides)),
    weightBytes: sum(live.parameters, ({ value }) => bytes(value)),
    activationBytes: sum(moved, ({ inputs, outputs }) => {
      const moving = [...inputs, ...outputs].filter((value) => value !== null)
      return sum(
        moving.filter(({ name }) => !fixed.has(name)),
        bytes,
      )
    }),
  }
}

/** They rename memory and move none of it. */
const views = new Set(['Reshape', 'Identity', 'Shape', 'Unsqueeze'])

/** Bytes of one number. */
const width = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
} as const

/** Two for each pair of a multiplication and an addition. */
function operations(
  { operator, inputs, outputs }: Node,
  sides: (shape: Shape) => number[],
): number {
  const [first = [], second = []] = inputs.map((input) => (input ? sides(input.shape) : []))
  const out = product(sides(outputs[0].shape))
  switch (operator) {
    case 'Conv':
      // A weight [out, in, kernel, kernel]: all but the first side meet in one number of the result.
      return 2 * out * product(second.slice(1))
    case 'Gemm':
    case 'MatMul':
    case 'FusedMatMul':
      return 2 * out * (first.at(-1) ?? 1)
    case 'Attention':
    case 'MultiHeadAttention': {
      // Queries by keys, then scores by values: each is as wide as all heads together.
      const [batch = 1, length = 1, all = 1] = first
      return 4 * batch * length * (second[1] ?? 1) * all
    }
    default:
      return 0
  }
}

const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1)

const sum = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((total, one) => total + of(one), 0)
