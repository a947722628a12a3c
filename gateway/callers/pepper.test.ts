import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readPepper } from './pepper.ts'

const root = await mkdtemp(join(tmpdir(), 'i2i-pepper-'))
afterAll(() => rm(root, { recursive: true }))

test('the one that is given is taken, and nothing is written', async () => {
  const dataFolder = join(root, 'given')
  expect(await readPepper({ pepper: 'x'.repeat(32), dataFolder })).toBe('x'.repeat(32))
  await expect(stat(dataFolder)).rejects.toThrow('ENOENT')
})

test('one is made once, however many ask at the same time, for this user’s eyes alone', async () => {
  const dataFolder = join(root, 'made', 'deep')
  const asked = await Promise.all(Array.from({ length: 20 }, () => readPepper({ dataFolder })))
  expect(new Set(asked).size).toBe(1)
  expect(asked[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(await readPepper({ dataFolder })).toBe(asked[0])
  expect(await readdir(dataFolder)).toEqual(['key-pepper'])
  expect((await stat(join(dataFolder, 'key-pepper'))).mode & 0o777).toBe(0o600)
})

test('one that is cut short is refused, and so is a folder that is none', async () => {
  await expect(readPepper({ pepper: 'short', dataFolder: root })).rejects.toThrow(
    'KEY_PEPPER has fewer than 32 characters',
  )
  await writeFile(join(root, 'key-pepper'), '')
  await expect(readPepper({ dataFolder: root })).rejects.toThrow('key-pepper has fewer than')
  const file = join(root, 'key-pepper')
  await expect(readPepper({ dataFolder: file })).rejects.toThrow('cannot be kept in')
})
