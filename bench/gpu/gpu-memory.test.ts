import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { watchGpuMemory } from './gpu-memory.ts'

/** A driver's tool that prints these lines, the first at once and the others when `go` was called. */
async function tool(first: string, ...others: readonly string[]): Promise<{ go(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-nvidia-smi-'))
  const script = `#!/bin/sh
echo '${first}'
while [ ! -e ${folder}/go ]; do sleep 0.02; done
printf '%s\\n' ${others.join(' ')}
exec sleep 60
`
  await writeFile(join(folder, 'nvidia-smi'), script)
  await chmod(join(folder, 'nvidia-smi'), 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })
  return { go: () => writeFile(join(folder, 'go'), '') }
}

it('tells what was in use before, at most and after a stretch', async () => {
  const { go } = await tool('500', '9000', '[N/A]', '700')
  using memory = await watchGpuMemory()
  const stretch = memory.stretch()
  expect(stretch.use()).toEqual({ before: 500, peak: 500, after: 500 })
  await go()
  await vi.waitFor(() => expect(stretch.use().after).toBe(700), { timeout: 50_000 })
  expect(stretch.end()).toEqual({ before: 500, peak: 9000, after: 700 })
  expect(memory.stretch().use()).toEqual({ before: 700, peak: 700, after: 700 })
})

it('has no numbers where no tool tells any', async () => {
  vi.stubEnv('PATH', '/nowhere')
  onTestFinished(() => void vi.unstubAllEnvs())
  using memory = await watchGpuMemory()
  expect(memory.stretch().end()).toEqual({ before: null, peak: null, after: null })
})
