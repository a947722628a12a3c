import { copyFile, mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sdxlVae } from '#models/networks/vae.ts'
import { writeCheckpoint } from '../goldens/checkpoint.ts'
import { type LaidTensor, layout } from '../goldens/layout.ts'
import { weightByRule } from '../goldens/rule.ts'
import { openCheckpoint } from './checkpoint.ts'
import { diffusersVaeNaming, inferVaeConfig } from './infer-vae-config.ts'
import { namedShapes } from './named-shapes.ts'
import { readSafetensors } from './safetensors.ts'
import { sdxlWeights } from './sdxl-weights.case.ts'
import { findVaeBeside } from './vae-beside.ts'
import type { FileRange } from './weight.ts'
import { type TensorToWrite, writeSafetensors } from './write-safetensors.ts'

const vae = layout.tensors.filter(({ part }) => part === 'vae')
/** In another precision than the checkpoint's. */
const data = new Map(
  vae.map(({ key, shape }) => [key, Buffer.from(weightByRule(key, shape).buffer)]),
)

let folder = ''
/** Has no VAE of its own. */
let path = ''
let beside = ''
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'i2i-vae-')))
  path = join(folder, 'novae.safetensors')
  beside = join(folder, 'novae.vae.safetensors')
  const whole = await writeCheckpoint(folder, 'tiny-single-f16')
  await copyFile(whole.replace('.safetensors', '.json'), join(folder, 'novae.json'))
  const { tensors } = await readSafetensors(whole)
  const kept = [...tensors].filter(([name]) => !name.startsWith('first_stage_model.'))
  await writeSafetensors(
    path,
    kept.map(([name, { type, shape, bytes }]) => ({ name, type, shape, data: () => read(bytes) })),
  )
})
afterAll(() => rm(folder, { recursive: true }))

test('a checkpoint without a VAE is refused with where to put one', async () => {
  await rm(beside, { force: true })
  await expect(openCheckpoint(path)).rejects.toThrow(
    /novae\.safetensors: this is a UNet without its VAE: put a VAE .* beside it as novae\.vae\.safetensors, or get/,
  )
})

test.each([
  ['its own names', ({ key }: LaidTensor) => key.replace('first_stage_model.', '')],
  ["a checkpoint's names", ({ key }: LaidTensor) => key],
  ["ComfyUI's prefix", ({ key }: LaidTensor) => key.replace('first_stage_model.', 'vae.')],
  ["diffusers' names", ({ names }: LaidTensor) => names[0] ?? ''],
])('the VAE beside it is taken, under %s', async (_, nameOf) => {
  await writeSafetensors(beside, besides(nameOf))
  const checkpoint = await openCheckpoint(path)
  expect(checkpoint.vaeFile).toBe(beside)
  const wrong: string[] = []
  for (const { key, names, part_shape } of vae) {
    const { bytes } = checkpoint.vae.weight(names[0] ?? '', part_shape)
    const isThere = !(bytes instanceof Uint8Array) && bytes.file === beside
    if (!isThere || !data.get(key)?.equals(await read(bytes))) wrong.push(key)
  }
  expect(wrong).toEqual([])
})

test("one beside a checkpoint that has its own takes that one's place, and nothing is left over", async () => {
  const whole = join(folder, 'tiny-single-f16.safetensors')
  const other = join(folder, 'tiny-single-f16.vae.safetensors')
  await writeSafetensors(
    other,
    besides(({ key }) => key),
  )
  const { vae, unused, vaeFile } = await openCheckpoint(whole)
  const { bytes } = vae.weight('quant_conv.bias', [8])
  expect([bytes, vaeFile]).toEqual([expect.objectContaining({ file: other }), other])
  expect(unused().filter((name) => name.startsWith('first_stage_model.'))).toEqual([])
  await rm(other)
  expect((await openCheckpoint(whole)).vaeFile).toBeUndefined()
})

test('what is no VAE is refused by its own name', async () => {
  await copyFile(path, beside)
  await expect(openCheckpoint(path)).rejects.toThrow(
    `${beside} lies beside the checkpoint as its VAE, and is none`,
  )
  await writeFile(beside, '<html>Log in</html>')
  await expect(findVaeBeside(path)).rejects.toThrow(`${beside} is a web page`)
})

test("SDXL's own configuration comes out of the names and shapes of its VAE in diffusers' layout", () => {
  const tensors = new Map(sdxlWeights().vae.map((tensor) => [tensor.name, tensor]))
  expect(inferVaeConfig(namedShapes(tensors, '', 'x'), diffusersVaeNaming)).toEqual(sdxlVae)
})

function besides(nameOf: (tensor: LaidTensor) => string): TensorToWrite[] {
  return vae.map((tensor) => ({
    ...{ name: nameOf(tensor), type: 'F32', shape: tensor.shape },
    data: data.get(tensor.key) ?? Buffer.alloc(0),
  }))
}

async function read({ file, offset, length }: FileRange): Promise<Buffer> {
  await using handle = await open(file)
  const bytes = Buffer.alloc(length)
  await handle.read(bytes, 0, length, offset)
  return bytes
}
