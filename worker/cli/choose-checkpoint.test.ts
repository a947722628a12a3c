import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { chooseCheckpoint } from './choose-checkpoint.ts'
import { temporaryFolder } from './i2i.case.ts'

test('a named checkpoint wins over the one that is here, and that over a toy, which is called so', async () => {
  await using home = await temporaryFolder()
  const choose = (named?: string) => chooseCheckpoint({ named, root: home.path })

  const toy = await choose()
  expect(toy.pictures).toBe('nonsense')
  expect(toy.path.startsWith(join(home.path, '.data'))).toBe(true)
  expect((await openCheckpoint(toy.path)).unet.config.sampleSize).toBe(16)
  const dataFolder = join(home.path, 'elsewhere')
  const moved = await chooseCheckpoint({ named: undefined, root: home.path, dataFolder })
  expect(moved.path.startsWith(dataFolder)).toBe(true)

  const demo = join(home.path, 'models', 'demo', 'checkpoint')
  await mkdir(demo, { recursive: true })
  expect(await choose()).toEqual({ path: demo, pictures: 'demo' })
  expect(await choose('/mine')).toEqual({ path: '/mine', pictures: undefined })
})
