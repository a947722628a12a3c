import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { typescriptLoader } from './typescript-loader.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-loader-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** @returns what a file of this text prints, in a process of its own. */
async function printed(text: string): Promise<string> {
  const file = join(folder, 'said.ts')
  await writeFile(file, text)
  const words = [...typescriptLoader(), file]
  return (await promisify(execFile)(process.execPath, words, { cwd: folder })).stdout
}

it('runs TypeScript as it stands, the first time and once it is known', async () => {
  const first = 'const n: number = 1\nexport type N = typeof n\nconsole.log(n)\n'
  expect(await printed(first)).toBe('1\n')
  expect(await printed(first.replace('= 1', '= 2'))).toBe('2\n')
  expect(await printed(first)).toBe('1\n')
})

it('names the line of the source where something went wrong, once it is known too', async () => {
  const text = 'interface Gone {\n  readonly n: 1\n}\n\nexport const gone: Gone = JSON.parse("")\n'
  for (const _ of ['first', 'known']) await expect(printed(text)).rejects.toThrow(/said\.ts:5:/)
})

it('says what it cannot read, and where', async () => {
  await expect(printed('\nconst = 1\n')).rejects.toThrow(/said\.ts:2/)
})
