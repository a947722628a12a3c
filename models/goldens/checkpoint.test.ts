import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Variant, writeCheckpoint } from './checkpoint.ts'
import recorded from './checkpoints.json' with { type: 'json' }

const variants: readonly Variant[] = [
  'mini',
  'tiny-folder',
  'tiny-sharded',
  'tiny-single',
  'tiny-single-f16',
  'tiny-single-bf16',
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-goldens-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

test('every file written is what Python wrote from the same rule', async () => {
  for (const variant of variants) await writeCheckpoint(folder, variant)
  const digests: Record<string, object> = {}
  for (const path of await safetensorsBelow(folder)) {
    digests[relative(folder, path)] = digest(await readFile(path))
  }
  expect(digests).toEqual(recorded)
})

test('a checkpoint that is there is not written again', async () => {
  const path = await writeCheckpoint(folder, 'tiny-folder')
  const before = await stat(join(path, 'model_index.json'))
  await writeCheckpoint(folder, 'tiny-folder')
  const after = await stat(join(path, 'model_index.json'))
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
})

test('processes that write the same checkpoint at once leave one whole', async () => {
  const shared = join(folder, 'at-once')
  await Promise.all([1, 2].map(() => writeCheckpoint(shared, 'tiny-sharded')))
  expect(await readdir(shared)).toEqual(['tiny-sharded'])
})

test('the configs beside the mini file say its vocabulary', async () => {
  const path = await writeCheckpoint(folder, 'mini')
  const beside = JSON.parse(await readFile(path.replace('.safetensors', '.json'), 'utf8'))
  expect(beside.text_encoder.vocab_size).toBe(1000)
  expect(beside.text_encoder_2.vocab_size).toBe(1000)
  expect(beside.unet.attention_head_dim).toEqual([1, 2, 4])
})

async function safetensorsBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true })
  return entries.filter((path) => path.endsWith('.safetensors')).map((path) => join(root, path))
}

/** The same two digests as `digest` in checkpoint.py. */
function digest(content: Buffer): { data: string; tensors: string } {
  const end = 8 + Number(content.readBigUInt64LE(0))
  const header = JSON.parse(content.toString('utf8', 8, end))
  const names = Object.keys(header).filter((name) => name !== '__metadata__')
  const lines = names.sort().map((name) => {
    const { dtype, shape } = header[name]
    return `${name} ${dtype} ${JSON.stringify(shape)}\n`
  })
  return { data: sha256(content.subarray(end)), tensors: sha256(lines.join('')) }
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}
