import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { holdFolder } from './hold-folder.ts'

const root = await mkdtemp(join(tmpdir(), 'i2i-hold-'))
afterAll(() => rm(root, { recursive: true }))

const refused = { code: 'configuration-invalid', message: expect.stringContaining('Stop it') }

test.each([
  ['a folder', join(root, 'database')],
  ['a folder of a long name', join(root, 'x'.repeat(120))],
])('%s is one’s at a time', async (_, folder) => {
  {
    await using _held = await holdFolder(folder)
    await expect(holdFolder(folder)).rejects.toMatchObject(refused)
    await using _other = await holdFolder(`${folder}-other`)
  }
  await using _again = await holdFolder(folder)
})

test('a process that is killed leaves its folder to one of those that come next', async () => {
  const folder = join(root, 'killed')
  const listens = `require('net').createServer().listen(process.argv[1], () => console.log('held'))`
  const child = spawn(process.execPath, ['-e', listens, `${folder}.lock`])
  await once(child.stdout, 'data')
  await expect(holdFolder(folder)).rejects.toMatchObject(refused)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => holdFolder(folder)))
  const holders = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(holders).toHaveLength(1)
  for (const holder of holders) await holder[Symbol.asyncDispose]()
})
