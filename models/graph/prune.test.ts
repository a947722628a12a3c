import { expect, test } from 'vitest'
import { clipBigG, clipL, clipText } from '../networks/clip-text.ts'
import { Graph } from './graph.ts'
import { toOnnx } from './onnx.ts'
import { portable } from './portable.ts'
import { prune } from './prune.ts'

test('what no output needs is left out, and what is kept stays in order', () => {
  const graph = new Graph('branches', portable)
  const x = graph.input('x', [1, 2, 4])
  const kept = portable.quickGelu(x)
  portable.geglu(portable.linear(x, graph.parameter('unused.weight', [8, 4]), null))
  graph.output('y', portable.linear(kept, graph.parameter('used.weight', [8, 4]), null))
  const live = prune(graph)
  expect(live.nodes.map(({ operator }) => operator)).toEqual([
    'Mul',
    'Sigmoid',
    'Mul',
    'Reshape',
    'Gemm',
    'Reshape',
  ])
  expect(live.parameters.map(({ value }) => value.name)).toEqual(['used.weight'])
  // The factor of QuickGELU, and the targets of two reshapes.
  expect(live.constants.map(({ data }) => [...data].map(Number))).toEqual([
    [Math.fround(1.702)],
    [2, 4],
    [1, 2, 8],
  ])
})

test('the last layer of CLIP-L, which SDXL does not read, is never looked up', () => {
  const graph = new Graph('clip', portable)
  clipText(graph, clipL)
  const asked = namesAsked(graph)
  const unread = [...graph.parameters.keys()].filter((name) => !asked.includes(name))
  expect(unread).toHaveLength(18)
  for (const name of unread) expect(name).toMatch(/encoder\.layers\.11\.|final_layer_norm\./)
  expect(asked).toHaveLength(196 - 18)
})

test('every layer of bigG is looked up, for its pooled state comes out of the last', () => {
  const graph = new Graph('clip', portable)
  clipText(graph, clipBigG)
  expect(namesAsked(graph)).toEqual([...graph.parameters.keys()])
})

function namesAsked(graph: Graph): string[] {
  const asked: string[] = []
  toOnnx(graph, (name, shape) => {
    asked.push(name)
    return { type: 'F32', shape, bytes: { file: '/weights', offset: 0, length: 4 } }
  })
  return asked
}
