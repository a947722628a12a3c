import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogueIn } from '#worker/loras/catalogue.case.ts'
import { readArguments } from './arguments.ts'
import { chooseLoras } from './choose-loras.ts'

type Surroundings = Parameters<typeof chooseLoras>[1]

const none: Surroundings = {
  folder: '/here',
  loraCatalogue: undefined,
  distillation: undefined,
}

async function chosen(typed: readonly string[], config: Partial<Surroundings> = {}) {
  const read = readArguments(['generate', 'x', ...typed])
  if (read === 'help') throw new Error('help was not asked for')
  return chooseLoras(read.given, { ...none, ...config })
}

const lora = (...values: string[]) => values.flatMap((value) => ['--lora', value])

test('a file is taken as it was trained unless a strength follows its name', async () => {
  const { loras } = await chosen(['--lora=/b.safetensors:-0.5', ...lora('a.safetensors')])
  expect(loras).toEqual([
    { path: '/b.safetensors', strength: -0.5 },
    { path: '/here/a.safetensors', strength: 1 },
  ])
  const odd = await chosen(lora('c:d.safetensors'))
  expect(odd.loras).toEqual([{ path: '/here/c:d.safetensors', strength: 1 }])
})

test('several are a list, or the option repeated', async () => {
  const { loras } = await chosen(lora('./a:0.8,./b', './c:2'))
  expect(loras.map(({ path }) => path)).toEqual(['/here/a', '/here/b', '/here/c'])
  expect(loras.map(({ strength }) => strength)).toEqual([0.8, 1, 2])
  expect(await chosen([])).toEqual({ loras: [], turbo: undefined })
})

test('a text that is no file is an id of the catalogue, with its strength or the one typed', async () => {
  const { folder } = await catalogueIn([
    { id: 'sea', file: 'sub/sea.safetensors', strength: 0.8 },
    { id: 'sky', file: 'sky.safetensors' },
  ])
  await writeFile(join(folder, 'file'), '')
  const config = { folder, loraCatalogue: 'loras.json' }
  const sea = join(folder, 'sub/sea.safetensors')
  const { loras } = await chosen(lora('sea,file:0.1', 'sky:-1'), config)
  expect(loras).toEqual([
    { path: sea, strength: 0.8 },
    { path: join(folder, 'file'), strength: 0.1 },
    { path: join(folder, 'sky.safetensors'), strength: -1 },
  ])
  await expect(chosen(lora('seas'), config)).rejects.toThrow('The nearest is sea; all are sea, sky')
  await writeFile(join(folder, 'sea'), '')
  expect((await chosen(lora('sea'), config)).loras[0]?.path).toBe(join(folder, 'sea'))
})

test('quality turbo adds the catalogue’s distilled LoRA where nothing else is distilled', async () => {
  const { folder } = await catalogueIn([
    { id: 'lcm', file: 'lcm.safetensors', distillation: 'lcm', steps: 4 },
    { id: 'dmd2', file: 'dmd2.safetensors', distillation: 'dmd2' },
  ])
  const config = { folder, loraCatalogue: 'loras.json' }
  const turbo = ['--quality', 'turbo']
  const lcm = { path: join(folder, 'lcm.safetensors'), strength: 1 }
  const preset = { steps: 4, scheduler: 'lcm', guidanceScale: 1 }
  expect(await chosen(turbo, config)).toEqual({ loras: [lcm], turbo: preset })
  const own = await chosen([...turbo, ...lora('dmd2:0.9')], config)
  expect(own.loras).toEqual([{ path: join(folder, 'dmd2.safetensors'), strength: 0.9 }])
  expect(own.turbo?.scheduler).toBe('lcm_trailing')
  const nothing = { loras: [], turbo: undefined }
  expect(await chosen(['--quality', 'fast'], config)).toEqual(nothing)
  expect(await chosen([...turbo, '--distillation', 'hyper'], config)).toEqual(nothing)
  expect(await chosen(turbo)).toEqual(nothing)
})

test.each([
  ['a.safetensors:2.01', /"a\.safetensors:2\.01" must be a number from -2 to 2/],
  ['a:strong', /"a:strong" must be a number/],
  ['a:', /"a:" must be a number/],
  ['a.safetensors,', /--lora needs a \.safetensors file or the id of a LoRA/],
  ['sea:1', /There is no file \/here\/sea for --lora "sea"\. Name .* or set LORA_CATALOGUE/],
])('%s is refused', async (typed, sentence) => {
  await expect(chosen(lora(typed))).rejects.toThrow(sentence)
})
