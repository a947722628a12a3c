import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogueIn } from './catalogue.case.ts'
import { readCatalogue } from './catalogue.ts'

const sea = { id: 'sea', file: 'sea.safetensors', strength: 0.8, name: 'Sea', trigger: 'sea style' }
const hyper = { id: 'hyper', file: 'sub/h.safetensors', distillation: 'hyper' }
const lightning = { id: 'light-4', file: 'l.safetensors', distillation: 'lightning', steps: 4 }
const sky = { id: 'sky', file: 'sky.safetensors' }

test('files lie beside the catalogue, and what is left out is as it was trained', async () => {
  const { folder, path } = await catalogueIn([sea, sky])
  const { entries } = await readCatalogue(path)
  expect(entries).toEqual([
    { ...sea, file: undefined, path: join(folder, 'sea.safetensors'), preset: undefined },
    { id: 'sky', path: join(folder, 'sky.safetensors'), strength: 1, name: 'sky' },
  ])
})

test('a strength that is asked for stands in place of the entry’s', async () => {
  const { folder, path } = await catalogueIn([sea, sky])
  const catalogue = await readCatalogue(path)
  const [seaFile, skyFile] = [join(folder, 'sea.safetensors'), join(folder, 'sky.safetensors')]
  expect(catalogue.resolve([{ id: 'sky', strength: -0.5 }, { id: 'sea' }])).toEqual([
    { path: skyFile, strength: -0.5 },
    { path: seaFile, strength: 0.8 },
  ])
  expect(catalogue.resolve([{ id: 'sea', strength: 0.5 }])).toEqual([
    { path: seaFile, strength: 0.5 },
  ])
  expect(catalogue.resolve([])).toEqual([])
})

test('an id that is not there is refused with the nearest and all there are', async () => {
  const catalogue = await readCatalogue((await catalogueIn([hyper, sea, sky])).path)
  expect(() => catalogue.resolve([{ id: 'sea' }, { id: 'seas' }])).toThrow(
    expect.objectContaining({
      code: 'request-invalid',
      message:
        'There is no LoRA seas in the catalogue. The nearest is sea; all are hyper, sea, sky.',
    }),
  )
  const empty = await readCatalogue((await catalogueIn([])).path)
  expect(() => empty.resolve([{ id: 'sea' }])).toThrow(
    'There is no LoRA sea in the catalogue. It is empty.',
  )
})

test('turbo adds the first LoRA that is distilled, unless the job has one already', async () => {
  const catalogue = await readCatalogue((await catalogueIn([sea, hyper, lightning])).path)
  const [own, first, second] = catalogue.resolve([
    { id: 'sea' },
    { id: 'hyper' },
    { id: 'light-4', strength: 0.9 },
  ])
  if (!own || !first || !second) throw new Error('three were asked for')
  expect(catalogue.turbo([own])).toEqual({
    preset: { steps: 8, scheduler: 'ddim_trailing', guidanceScale: 1 },
    loras: [own, first],
  })
  expect(catalogue.turbo([second, own])).toEqual({
    preset: { steps: 4, scheduler: 'euler_trailing', guidanceScale: 1 },
    loras: [second, own],
  })
  const plain = await readCatalogue((await catalogueIn([sea, sky])).path)
  expect(plain.turbo([])).toBe(undefined)
})

test('every problem is named at once with its entry', async () => {
  const { folder, path } = await catalogueIn([sea])
  const loras = [
    { ...sea, strenght: 1 },
    { ...sky, strength: 3, steps: 4 },
    { id: 'Sea', file: '' },
    'sky.safetensors',
    { ...hyper, distillation: 'turbo', steps: 0.5 },
    { id: 'gone', file: 'gone.safetensors' },
    { id: 'folder', file: 'folder' },
    { ...sea },
  ]
  await mkdir(join(folder, 'folder'))
  await writeFile(path, JSON.stringify({ loras }))
  const problems = [
    'entry 1 (sea): there is no key strenght',
    'entry 2 (sky): strength must be a number from -2 to 2',
    'entry 2 (sky): steps needs a distillation beside it',
    'entry 3 (Sea): id must be 1 to 64 of the lower-case letters, digits and the signs . _ -',
    'entry 3 (Sea): file must not be empty',
    'entry 4: must be {"id": "…", "file": "…"}',
    'entry 5 (hyper): distillation must be one of lcm, lightning, hyper, dmd2',
    'entry 5 (hyper): steps must be a whole number from 1 to 32',
    'entry 8 (sea): has the id of entry 1',
    `gone: there is no file ${join(folder, 'gone.safetensors')}`,
    `folder: there is no file ${join(folder, 'folder')}`,
  ]
  await expect(readCatalogue(path)).rejects.toMatchObject({
    code: 'checkpoint-invalid',
    message: `The LoRA catalogue ${path}: ${problems.join('; ')}.`,
  })
})

test.each([
  ['{"loras": [', /: is not JSON \(.+\)\.$/],
  ['[]', /: must be \{"loras": \[…\]\}\.$/],
  ['{"loras": {}}', /: loras must be a list\.$/],
  ['{"lora": []}', /: loras must be a list; there is no key lora\.$/],
])('%s is no catalogue', async (written, sentence) => {
  const { path } = await catalogueIn([])
  await writeFile(path, written)
  await expect(readCatalogue(path)).rejects.toThrow(sentence)
})

test('a catalogue that is not there is said to be configured', async () => {
  await expect(readCatalogue('/nowhere/loras.json')).rejects.toThrow(
    /^The LoRA catalogue \/nowhere\/loras.json cannot be read \(.*ENOENT.*\)\. Set LORA_CATALOGUE to/,
  )
})
