import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keptSecret } from './kept-secret.ts'

const root = await mkdtemp(join(tmpdir(), 'i2i-secret-'))
afterAll(() => rm(root, { recursive: true }))

const pepperIn = (folder: string, given?: string) => keptSecret('KEY_PEPPER', { given, folder })

test('the one that is given is taken, and nothing is written', async () => {
  const folder = join(root, 'given')
  expect(await pepperIn(folder, 'x'.repeat(32))).toBe('x'.repeat(32))
  await expect(stat(folder)).rejects.toThrow('ENOENT')
})

test('one is made once, however many ask at the same time, for this user’s eyes alone', async () => {
  const folder = join(root, 'made', 'deep')
  const asked = await Promise.all(Array.from({ length: 20 }, () => pepperIn(folder)))
  expect(new Set(asked).size).toBe(1)
  expect(asked[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(await pepperIn(folder)).toBe(asked[0])
  expect(await readdir(folder)).toEqual(['key-pepper'])
  expect((await stat(join(folder, 'key-pepper'))).mode & 0o777).toBe(0o600)
})

test('what hashes keys and what signs URLs are two', async () => {
  const folder = join(root, 'two')
  const secret = await keptSecret('GATEWAY_SECRET', { given: undefined, folder })
  expect(await pepperIn(folder)).not.toBe(secret)
  expect((await readdir(folder)).toSorted()).toEqual(['gateway-secret', 'key-pepper'])
})

test('one that is there is read, with the end of line that an editor left', async () => {
  const folder = join(root, 'mounted')
  await mkdir(folder)
  await writeFile(join(folder, 'key-pepper'), `${'y'.repeat(32)}\n`)
  expect(await pepperIn(folder)).toBe('y'.repeat(32))
})

test('one that is cut short is refused, and so is a folder that is none', async () => {
  await expect(pepperIn(root, 'short')).rejects.toThrow('KEY_PEPPER has fewer than 32 characters')
  await writeFile(join(root, 'key-pepper'), '')
  await expect(pepperIn(root)).rejects.toThrow('key-pepper has fewer than 32 characters')
  await expect(pepperIn(join(root, 'key-pepper'))).rejects.toThrow(/cannot be kept.*KEY_PEPPER/)
})
