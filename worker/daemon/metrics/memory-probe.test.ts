import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import { createMemoryProbe } from './memory-probe.ts'

const folder = await mkdtemp(join(tmpdir(), 'i2i-memory-'))
const { PATH } = process.env
afterEach(() => {
  process.env.PATH = PATH
})
afterAll(() => rm(folder, { recursive: true }))

/** An nvidia-smi that does what the shell's words say. */
async function install(words: string): Promise<void> {
  const program = join(folder, 'nvidia-smi')
  await writeFile(program, `#!/bin/sh\n${words}\n`)
  await chmod(program, 0o755)
  process.env.PATH = `${folder}:${PATH}`
}

const onGpu = (gpu: string, pid?: number) => ({
  ...{ gpu, pid },
  report: { device: 'cuda', gpu } as const,
})
const GIBIBYTE = 2 ** 30

it('asks about the GPU of each engine, and not again at once', async () => {
  const line = 'Tesla T4, 580.95.05, 15360, $free, [N/A], 7.5'
  await install(`case "$*" in *--id=1*) free=1024;; *) free=5120;; esac; echo "${line}"`)
  const probe = createMemoryProbe()
  const told = async () => (await probe([onGpu('0'), onGpu('1')])).gpus
  const gpus = [
    { gpu: '0', state: 'used', bytes: 10 * GIBIBYTE },
    { gpu: '0', state: 'free', bytes: 5 * GIBIBYTE },
    { gpu: '1', state: 'used', bytes: 14 * GIBIBYTE },
    { gpu: '1', state: 'free', bytes: 1 * GIBIBYTE },
  ]
  // A driver on a busy machine may take longer than it is waited for: what it says is kept.
  await expect.poll(told).toEqual(gpus)
  await install('exit 1')
  expect(await told()).toEqual(gpus)
})

it('waits a second at most for a driver that does not answer, and tells the rest', async () => {
  const file = join(folder, 'pid')
  await install(`echo $$ > ${file}; exec sleep 30`)
  const { resident, gpus } = await createMemoryProbe()([onGpu('0', process.pid)])
  expect(resident.map(({ process: whose, gpu }) => [whose, gpu])).toEqual([
    ['worker', ''],
    ['engine', '0'],
  ])
  expect(gpus).toEqual([])
  const written = () => readFile(file, 'utf8').catch(() => '')
  await expect.poll(written).toMatch(/^\d+\n/)
  // It throws where the driver has ended: it was waited for then.
  process.kill(Number(await written()), 'SIGKILL')
})

it('tells nothing of an engine that has ended, and asks for no GPU where none is used', async () => {
  await install('echo "Tesla T4, 580.95.05, 15360, 1024, [N/A], 7.5"')
  const engine = { gpu: 'default', pid: 2 ** 22 + 1, report: { device: 'cpu' } as const }
  const { resident, gpus } = await createMemoryProbe()([engine])
  expect([resident.length, gpus]).toEqual([1, []])
})
