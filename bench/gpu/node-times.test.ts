import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { openSession } from '#worker/engine/session.ts'
import { byOperator, costliest, lastRun } from './node-times.ts'

it('tells the nodes of the last run from what ONNX Runtime itself wrote', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-profile-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const graph = new Graph('three nodes', portable)
  const x = graph.input('x', [4, 8])
  graph.output('y', portable.add(portable.gelu(portable.gelu(x)), x))
  const model = toOnnx(graph, () => {
    throw new Error('there are no weights')
  })
  {
    await using session = await openSession<'x', 'y'>(model, {
      device: 'cpu',
      weights: 'in-place',
      threads: 1,
      profile: join(folder, 'trace'),
    })
    const feed = { data: new Float32Array(32).fill(0.5), shape: [4, 8] }
    for (let i = 0; i < 3; i++) await session.run({ x: feed })
  }
  const [file = ''] = await readdir(folder)
  const nodes = lastRun(await readFile(join(folder, file), 'utf8'))
  expect(nodes.map(({ operator }) => operator)).toEqual(['Gelu', 'Gelu', 'Add', 'Identity'])
  expect(nodes.map(({ shape }) => shape)).toEqual(Array(4).fill('float [4,8]'))
  expect(byOperator(nodes).find(({ operator }) => operator === 'Gelu')?.count).toBe(2)
})

const node = (operator: string, ms: number) => ({
  node: `${operator} ${ms}`,
  operator,
  ms,
  shape: '',
})

it('adds up each operator, the costliest first', () => {
  const sums = byOperator([node('Conv', 1), node('MatMul', 5), node('Conv', 2), node('Add', 2)])
  expect(sums).toEqual([
    { operator: 'MatMul', count: 1, ms: 5, share: 0.5 },
    { operator: 'Conv', count: 2, ms: 3, share: 0.3 },
    { operator: 'Add', count: 1, ms: 2, share: 0.2 },
  ])
})

it('names as many nodes as a table holds', () => {
  const nodes = [node('Conv', 1), node('MatMul', 5), node('Add', 2)]
  expect(costliest(nodes, 2).map(({ ms }) => ms)).toEqual([5, 2])
})
