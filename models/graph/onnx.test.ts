import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Float16Array } from '@petamoriken/float16'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSession, type WeightUse } from '#worker/engine/session.ts'
import type { StoredType, Weight } from '../checkpoints/weight.ts'
import { sdxlUNet, unet } from '../networks/unet.ts'
import { Graph, type Precision } from './graph.ts'
import { toOnnx } from './onnx.ts'
import { portable } from './portable.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-onnx-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Exact in every stored type. */
const VALUES = [1, -2, 0.5, 3]

/** The same four numbers in each. */
const stored: readonly (readonly [StoredType, Uint8Array])[] = [
  ['F64', bytesOf(Float64Array.from(VALUES))],
  ['F32', bytesOf(Float32Array.from(VALUES))],
  ['F16', bytesOf(Float16Array.from(VALUES))],
  ['BF16', bytesOf(Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0x4040))],
  ['F8_E4M3', Uint8Array.of(0x38, 0xc0, 0x30, 0x44)],
  ['F8_E5M2', Uint8Array.of(0x3c, 0xc0, 0x38, 0x42)],
]

const uses = (['prepared', 'in-place'] as const).flatMap((use) =>
  (['float32', 'float16'] as const).map((precision) => [use, precision] as const),
)

describe.each(stored)('a weight stored as %s', (type, bytes) => {
  test.each(uses)(
    'is read at an odd offset of its file, %s, in a graph in %s',
    async (use, precision) => {
      const file = join(folder, `${type}.bin`)
      const offset = 4099
      await writeFile(
        file,
        Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(9, 0xff)]),
      )
      const weight = { type, shape: [4], bytes: { file, offset, length: bytes.length } }
      expect(await plusWeight(weight, use, precision)).toEqual(VALUES.map((value) => value + 10))
    },
  )

  test('is carried inside where its bytes were laid anew', async () => {
    const around = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(5, 0xff)])
    const relaid = { type, shape: [4], bytes: new Uint8Array(around.subarray(5, 5 + bytes.length)) }
    expect(await plusWeight(relaid, 'prepared', 'float32')).toEqual(
      VALUES.map((value) => value + 10),
    )
    const view = { ...relaid, bytes: around.subarray(5, 5 + bytes.length) }
    expect(await plusWeight(view, 'in-place', 'float32')).toEqual(VALUES.map((value) => value + 10))
  })
})

test('rows of a table in half are looked up where they lie, and no table is converted', async () => {
  const file = join(folder, 'table.bin')
  await writeFile(file, bytesOf(Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0x4040)))
  const graph = new Graph('rows', portable)
  const ids = graph.input('ids', [1, null], 'int64')
  graph.output('y', portable.embed(graph.parameter('table', [2, 2]), ids))
  const model = toOnnx(graph, (_, shape) => {
    return { type: 'BF16', shape, bytes: { file, offset: 0, length: 8 } }
  })
  expect(Buffer.from(model).toString('latin1')).not.toContain('cast table')
  const options = { device: 'cpu', weights: 'in-place', threads: 1 } as const
  await using session = await openSession<'ids', 'y'>(model, options)
  const { y } = await session.run({ ids: { data: BigInt64Array.of(1n, 0n, 1n), shape: [1, 3] } })
  expect([...y]).toEqual([0.5, 3, 1, -2, 0.5, 3])
})

test('the whole UNet of SDXL, without its weights, is under 4 MB', () => {
  const graph = new Graph('unet', portable)
  unet(graph, sdxlUNet, { height: null, width: null })
  const file = '/models/checkpoints/a-finetune-with-a-name-of-the-usual-length_v7.safetensors'
  const model = toOnnx(graph, (_, shape) => {
    return { type: 'F16', shape, bytes: { file, offset: 6_000_000_000, length: 26_214_400 } }
  })
  expect(model.length).toBeLessThan(4e6)
  // Each of its 1,680 weights names a range of the file.
  expect(Buffer.from(model).toString('latin1').split(file.slice(1))).toHaveLength(1681)
})

/** What x + weight is for x = 10. */
async function plusWeight(weight: Weight, weights: WeightUse, precision: Precision) {
  const graph = new Graph('sum', portable, precision)
  graph.output('y', portable.add(graph.input('x', [4]), graph.parameter('w', [4])))
  const model = toOnnx(graph, () => weight)
  await using session = await openSession<'x', 'y'>(model, { device: 'cpu', weights, threads: 1 })
  const { y } = await session.run({ x: { data: new Float32Array(4).fill(10), shape: [4] } })
  return [...y]
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
