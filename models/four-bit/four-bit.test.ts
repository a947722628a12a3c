import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSession } from '#worker/engine/session.ts'
import { openQwen2Folder } from '../checkpoints/qwen2-folder.ts'
import type { Weight } from '../checkpoints/weight.ts'
import { weightByRule } from '../goldens/rule.ts'
import { cuda } from '../graph/cuda.ts'
import { Graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import { relativeError } from '../graph/tensor.case.ts'
import * as nn from '../layers/layers.ts'
import { scopeOf } from '../layers/scope.ts'
import { readQwen2Golden, writeQwen2 } from '../networks/goldens/qwen2.ts'
import { continued, openQwen2, step } from '../networks/qwen2.case.ts'
import { qwen2, qwen2Continuation } from '../networks/qwen2.ts'
import { matricesOf, openFourBit } from './four-bit.ts'
import { fourBitFile } from './four-bit-file.ts'
import { pack } from './pack.ts'

let folder = ''
let path = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-four-bit-'))
  path = await writeQwen2(folder, { variant: 'tied-bf16' })
})
afterAll(() => rm(folder, { recursive: true }))

const written = async (into: string, onProgress?: (share: number) => void) => {
  const checkpoint = await openQwen2Folder(path)
  const matrices = matricesOf((graph) => qwen2(graph, checkpoint.config))
  return fourBitFile(checkpoint, matrices, {
    folder: join(folder, into),
    ...(onProgress && { onProgress }),
  })
}

test('a block is rounded to whole steps of its scale', () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * (i < 32 ? 1 : 1e-3))
  const { packed, scales } = pack(values)
  const halves = new Uint16Array(scales.buffer)
  expect(packed).toHaveLength(32)
  expect(halves).toHaveLength(2)
  // The furthest of the first block is sin(11) = -0.99999, and -8 steps of a positive scale.
  expect(packed[5]! >> 4).toBe(0)
  expect(halves[0]).toBe(0x3e00)
  for (let i = 0; i < 32; i++) {
    const stepsFromZero = ((packed[i >> 1]! >> (i % 2 === 0 ? 0 : 4)) & 15) - 8
    expect(Math.abs(stepsFromZero * 0.125 - values[i]!)).toBeLessThanOrEqual(0.125)
  }
})

test('a block of zeros stays zero', () => {
  const { packed, scales } = pack(new Float32Array(32))
  expect([...packed]).toEqual(Array(16).fill(0x88))
  expect([...scales]).toEqual([0, 0])
})

test('every matrix of the network is rounded, the table once, and the file is a third of it', async () => {
  const file = await written('all')
  const { weights } = await readQwen2Golden()
  const matrices = Object.entries(weights['tied-bf16']!).filter(([, shape]) => shape.length === 2)
  const bytes =
    matrices.reduce((sum, [, [to = 0, from = 0]]) => sum + to * from, 0) * (1 / 2 + 1 / 16)
  const { size } = await stat(file)
  expect(size).toBeGreaterThan(bytes)
  expect(size - bytes).toBeLessThan(4096)
})

test('progress goes up to 1, and a second start writes nothing', async () => {
  const shares: number[] = []
  const file = await written('once', (share) => shares.push(share))
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect(shares[0]).toBeGreaterThan(0)
  expect(shares.at(-1)).toBe(1)
  const { mtimeMs } = await stat(file)
  const again: number[] = []
  expect(await written('once', (share) => again.push(share))).toBe(file)
  expect(again).toEqual([])
  expect((await stat(file)).mtimeMs).toBe(mtimeMs)
})

test('another version of the checkpoint gets a file of its own', async () => {
  const first = await written('versions')
  await utimes(join(path, 'model.safetensors'), 1e9, 1e9)
  expect(await written('versions')).not.toBe(first)
  expect(await readdir(join(folder, 'versions'))).toHaveLength(2)
})

test('what a killed run left is not taken for the file, and goes once it is forgotten', async () => {
  const file = await written('killed')
  await rm(file)
  const [late, recent] = [`${file}.1.unfinished`, `${file}.2.unfinished`]
  for (const path of [late, recent]) await writeFile(path, 'half of it')
  await utimes(late, 1e9, 1e9)
  expect(await written('killed')).toBe(file)
  await openFourBit(file)
  expect((await readdir(join(folder, 'killed'))).sort()).toEqual(
    [file, recent].map((path) => basename(path)).sort(),
  )
})

test('what another run has just finished is missed by nobody', async () => {
  await mkdir(join(folder, 'gone'))
  // A link to nothing is listed, and is not there when it is looked at.
  await symlink('nothing', join(folder, 'gone', 'four-bit-0.1.unfinished'))
  await openFourBit(await written('gone'))
})

test('a damaged file is refused in words', async () => {
  const file = await written('damaged')
  await writeFile(file, Buffer.alloc(100))
  await expect(openFourBit(file)).rejects.toThrow(
    /damaged\/four-bit-.*delete it, and it is written anew/,
  )
})

test.each([
  [cuda, 1e-5],
  [portable, 0.02],
])('a linear layer is the product with the rounded matrix', async (lowering, tolerance) => {
  const [to, from] = [40, 96]
  const name = 'layer.weight'
  const values = weightByRule(name, [to, from])
  const bytes = new Uint8Array(values.buffer)
  const find = (): Weight => ({ type: 'F32', shape: [to, from], bytes })
  const matrices = [{ name, shape: [to, from] as const }]
  const file = await fourBitFile({ weight: find }, matrices, { folder: join(folder, 'linear') })
  const fourBit = await openFourBit(file)
  const graph = new Graph('linear', fourBit.words(lowering))
  const x = graph.input('x', [1, null, from])
  graph.output('y', nn.linear(scopeOf(graph, 'layer'), x, to, { bias: false }))
  const model = toOnnx(graph, fourBit.weights(find))
  await using session = await openSession<'x', 'y'>(model, {
    ...{ device: 'cpu', weights: 'prepared', threads: 1 },
  })
  const data = weightByRule('x', [3, from])
  const { y } = await session.run({ x: { data, shape: [1, 3, from] } })
  const rounded = unpacked(values)
  const expected = Float64Array.from({ length: 3 * to }, (_, i) => {
    const [row, column] = [Math.floor(i / to), i % to]
    let sum = 0
    for (let k = 0; k < from; k++) sum += data[row * from + k]! * rounded[column * from + k]!
    return sum
  })
  expect(relativeError(y, expected)).toBeLessThan(tolerance)
  expect(relativeError(rounded, values)).toBeLessThan(0.09)
})

test('logits stay near, and a continuation is written all the same', async () => {
  const fourBit = await openFourBit(await written('logits'))
  const checkpoint = await openQwen2Folder(path)
  const open = async (write: typeof qwen2) => {
    const graph = new Graph('qwen2', fourBit.words(portable))
    write(graph, checkpoint.config)
    const model = toOnnx(graph, fourBit.weights(checkpoint.weight))
    const options = { device: 'cpu', weights: 'prepared', threads: 1 } as const
    return { config: checkpoint.config, session: await openSession<string, string>(model, options) }
  }
  const ids = Array.from({ length: 33 }, (_, i) => (37 * i) % 512)
  const [rounded, exact] = [await open(qwen2), await openQwen2(path, qwen2)]
  const [a, b] = [await step(rounded, ids), await step(exact, ids)]
  const error = relativeError(a.logits, b.logits)
  expect(error).toBeGreaterThan(0.01)
  expect(error).toBeLessThan(0.25)
  const loop = await open(qwen2Continuation)
  const { tokens } = await continued(loop, ids, { draws: Array(16).fill(0) })
  expect(tokens).toHaveLength(16)
})

/** What `pack` made of the values, as numbers again. */
function unpacked(values: Float32Array): Float32Array {
  const { packed, scales } = pack(values)
  const halves = new Uint16Array(scales.buffer)
  const steps = new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)
  return values.map((_, i) => {
    const nibble = (packed[i >> 1]! >> (i % 2 === 0 ? 0 : 4)) & 15
    return (nibble - 8) * steps[Math.floor(i / 32)]!
  })
}
