import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { chooseCheckpoint } from './choose-checkpoint.ts'
import { temporaryFolder } from './i2i.case.ts'

test('a named checkpoint wins over the one that is here, and that over a toy, which is told', async () => {
  await using home = await temporaryFolder()
  const told: string[] = []
  const choose = (named?: string) =>
    chooseCheckpoint({ named, root: home.path, notice: (text) => told.push(text) })

  const toy = await choose()
  expect((await openCheckpoint(toy)).unet.config.sampleSize).toBe(16)
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('Name a real one with --checkpoint FILE.safetensors')

  const demo = join(home.path, 'models', 'demo', 'checkpoint')
  await mkdir(demo, { recursive: true })
  expect(await choose()).toBe(demo)
  expect(await choose('/mine')).toBe('/mine')
  expect(told).toHaveLength(1)
})
