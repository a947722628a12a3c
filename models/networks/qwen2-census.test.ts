import { expect, test } from 'vitest'
import { cuda } from '../graph/cuda.ts'
import { Graph } from '../graph/graph.ts'
import { portable } from '../graph/portable.ts'
import { type Qwen2Size, qwen2, qwen25 } from './qwen2.ts'

// The sums over the state_dict() of transformers' models, a tied last layer counted once.
const published: readonly (readonly [Qwen2Size, number, number])[] = [
  ['0.5B', 290, 494_032_768],
  ['1.5B', 338, 1_543_714_304],
  ['7B', 339, 7_615_616_512],
]

for (const lowering of [portable, cuda]) {
  test.each(published)(
    `Qwen 2.5 %s has %i tensors of %i parameters in all, ${lowering.name}`,
    (size, tensors, parameters) => {
      const graph = new Graph('qwen2', lowering)
      qwen2(graph, qwen25[size])
      const all = [...graph.parameters.values()]
      expect(all).toHaveLength(tensors)
      const sizeOf = (shape: readonly number[]) => shape.reduce((all, side) => all * side, 1)
      expect(all.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(parameters)
    },
  )
}
