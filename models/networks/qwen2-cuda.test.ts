import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSession } from '#worker/engine/session.ts'
import { cuda } from '../graph/cuda.ts'
import { Graph, type GraphPrecision } from '../graph/graph.ts'
import { WITHOUT_KERNEL } from '../graph/lowering.case.ts'
import { toOnnx } from '../graph/onnx.ts'
import { prune } from '../graph/prune.ts'
import { relativeError } from '../graph/tensor.case.ts'
import { writeQwen2 } from './goldens/qwen2.ts'
import { continued, openQwen2, step } from './qwen2.case.ts'
import { qwen2, qwen2Continuation, qwen25 } from './qwen2.ts'

test('a layer of the 7B is some twenty fused operators, its residuals in the norms', () => {
  const graph = new Graph('qwen2', cuda, 'bfloat16')
  qwen2(graph, qwen25['7B'])
  const { nodes } = prune(graph)
  const count = (name: string) => nodes.filter(({ operator }) => operator === name).length
  expect(count('GroupQueryAttention')).toBe(28)
  // Two a layer, of which the very first has no residual before it; the last norm is of one token alone.
  expect(count('SkipSimplifiedLayerNormalization')).toBe(55)
  expect(count('SimplifiedLayerNormalization')).toBe(2)
  expect(nodes.length / 28).toBeLessThan(23)
})

test.each(['plain', 'loop'])(
  'the 7B in half precision has types and shapes that ONNX Runtime infers, %s',
  async (form) => {
    const write = form === 'plain' ? qwen2 : qwen2Continuation
    const options = { device: 'cpu', weights: 'in-place', threads: 1 } as const
    await using _ = await openSession(await hollow(write, 'float16'), options)
  },
)

test('the 7B in bfloat16 lacks nothing on a CPU but kernels', async () => {
  const model = await hollow(qwen2, 'bfloat16')
  const opening = openSession(model, { device: 'cpu', weights: 'in-place', threads: 1 })
  // They are looked for once every type and shape has been inferred.
  await expect(opening).rejects.toThrow(WITHOUT_KERNEL)
})

test('half precision stays near, and writes on its own cache', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-qwen2-half-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = await writeQwen2(folder, { variant: 'tied-bf16' })
  const ids = Array.from({ length: 33 }, (_, i) => (37 * i) % 512)
  const exact = await openQwen2(path, qwen2)
  const half = await openQwen2(path, qwen2, { lowering: cuda, precision: 'float16' })
  const loop = await openQwen2(path, qwen2Continuation, { lowering: cuda, precision: 'float16' })
  await using _ = exact.session
  await using __ = half.session
  await using ___ = loop.session
  const before = await step(half, ids.slice(0, 20))
  const { logits } = await step(half, ids.slice(20), before.past)
  expect(relativeError(logits, (await step(exact, ids)).logits)).toBeLessThan(5e-3)
  const { tokens } = await continued(loop, ids, { draws: [0, 0, 0] })
  expect(tokens[0]).toBe(logits.indexOf(Math.max(...logits)))
  expect(tokens).toHaveLength(3)
})

/** Weights that all lie at the beginning of one file, which is a hole. */
async function hollow(write: typeof qwen2, precision: GraphPrecision): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-qwen2-hollow-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'weights')
  await writeFile(file, '')
  const graph = new Graph('qwen2', cuda, precision)
  write(graph, { ...qwen25['7B'], layers: 3 })
  let most = 0
  const model = toOnnx(graph, (_, shape) => {
    const length = shape.reduce((all, side) => all * side, 2)
    most = Math.max(most, length)
    return {
      type: precision === 'bfloat16' ? 'BF16' : 'F16',
      shape,
      bytes: { file, offset: 0, length },
    }
  })
  await truncate(file, most)
  return model
}
