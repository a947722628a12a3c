import { expect, test } from 'vitest'
import { Graph, widthOf } from './graph.ts'
import { toOnnx } from './onnx.ts'
import { portable } from './portable.ts'

test('a parameter that is named twice is one, and is looked up once', () => {
  const graph = new Graph('tied', portable)
  const x = graph.input('x', [1, 4])
  const twice = [1, 2].map(() => graph.parameter('embedding.weight', [4, 4]))
  expect(twice[1]).toBe(twice[0])
  graph.output('y', portable.linear(portable.linear(x, twice[0]!, null), twice[1]!, null))
  const asked: string[] = []
  toOnnx(graph, (name, shape) => {
    asked.push(`${name} ${shape}`)
    return { type: 'F32', shape, bytes: new Uint8Array(64) }
  })
  expect(asked).toEqual(['embedding.weight 4,4'])
})

test('a parameter that is named again with another shape is an error that tells both', () => {
  const graph = new Graph('torn', portable)
  graph.parameter('proj.weight', [4, 8])
  expect(() => graph.parameter('proj.weight', [8, 4])).toThrow(
    'proj.weight is declared as [4,8] and again as [8,4]',
  )
})

test.each([
  ['float32', []],
  ['float16', ['Cast', 'Cast']],
] as const)(
  'a graph in %s takes and gives float32, and whole numbers as they are',
  (precision, casts) => {
    const graph = new Graph('edges', portable, precision)
    const x = graph.input('x', [1, 4])
    const ids = graph.input('ids', [1], 'int64')
    graph.output('y', x)
    expect(graph.inputs.map(({ type }) => type)).toEqual(['float32', 'int64'])
    expect([x.type, ids.type]).toEqual([precision, 'int64'])
    expect(graph.outputs.map(({ value }) => value.type)).toEqual(['float32'])
    expect(graph.nodes.map(({ operator }) => operator)).toEqual(casts)
  },
)

test('equal constants are one', () => {
  const graph = new Graph('constants', portable)
  expect(graph.integers(2, 3)).toBe(graph.integers(2, 3))
  expect(graph.numbers([2, 3])).not.toBe(graph.integers(2, 3))
  expect(graph.numbers([1, 1])).not.toBe(graph.numbers([1, 1], [1, 2]))
  expect(graph.constants.size).toBe(4)
})

test('the width is the channels of an image and the last side of tokens', () => {
  const graph = new Graph('widths', portable)
  expect(widthOf(graph.input('image', [1, 4, null, null]))).toBe(4)
  expect(widthOf(graph.input('tokens', [1, null, 768]))).toBe(768)
  const unknown = graph.input('unknown', [1, null])
  expect(() => widthOf(unknown)).toThrow('unknown has no known width')
})
