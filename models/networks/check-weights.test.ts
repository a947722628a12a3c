import { copyFile, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCheckpoint } from '../checkpoints/checkpoint.ts'
import { safetensorsHeader } from '../checkpoints/write-safetensors.ts'
import { writeCheckpoint } from '../goldens/checkpoint.ts'
import { layout } from '../goldens/layout.ts'
import { checkWeights } from './check-weights.ts'

let folder = ''
let path = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-check-'))
  const whole = await writeCheckpoint(folder, 'tiny-single')
  path = join(folder, 'changed.safetensors')
  await copyFile(whole.replace('.safetensors', '.json'), join(folder, 'changed.json'))
})
afterAll(() => rm(folder, { recursive: true }))

type Named = { readonly name: string; readonly shape: readonly number[] }

/** The tiny checkpoint's names and shapes, changed; of its numbers nothing is read. */
async function changed(change: (tensors: Named[]) => Named[]) {
  const tensors = change(layout.tensors.map(({ key, shape }) => ({ name: key, shape })))
  const header = safetensorsHeader(tensors.map((tensor) => ({ ...tensor, type: 'F32' as const })))
  await using file = await open(path, 'w')
  await file.write(header)
  const bytes = tensors.reduce((sum, { shape }) => sum + shape.reduce((all, n) => all * n, 4), 0)
  await file.truncate(header.length + bytes)
  return openCheckpoint(path)
}

test('a checkpoint of just its weights has nothing left over', async () => {
  expect(checkWeights(await changed((tensors) => tensors))).toEqual([])
})

test('names that no network knows are told of, and those that trainers leave are not', async () => {
  const left = ['model_ema.decay', 'v_pred', 'odd.weight'].map((name) => ({ name, shape: [1] }))
  expect(checkWeights(await changed((tensors) => [...tensors, ...left]))).toEqual(['odd.weight'])
})

test('a weight that is missing is named, unless no network runs it', async () => {
  const without = (part: string) => (tensors: Named[]) =>
    tensors.filter(({ name }) => !name.includes(part))
  const gone = await changed(without('middle_block.1.proj_out.weight'))
  expect(() => checkWeights(gone)).toThrow(/has no tensor .*middle_block\.1\.proj_out\.weight/)
  const norm = 'embedders.0.transformer.text_model.final_layer_norm.'
  expect(checkWeights(await changed(without(norm)))).toEqual([])
})
