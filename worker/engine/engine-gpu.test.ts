import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeadlines } from './deadlines.ts'
import { EngineProcess } from './engine-process.ts'
import { tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()
const hasNvidia = existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')

/** For as long as the test runs. */
function set(name: string, value: string): void {
  const before = process.env[name]
  onTestFinished(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
  process.env[name] = value
}

describe.skipIf(!existsSync('/proc/self/environ'))('the environment of an engine', () => {
  /** What the kernel says that the process was started with. */
  const environmentOn = async (gpu?: number) => {
    const child = new EngineProcess(createDeadlines(), gpu)
    const lines = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0')
    child.kill()
    await child.death
    return lines
  }
  const aboutGpus = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith('CUDA_')).toSorted()

  test('lets CUDA see the GPU that was named, in the order of nvidia-smi, and nothing else differs', async () => {
    set('CUDA_VISIBLE_DEVICES', '5,6')
    set('CUDA_DEVICE_ORDER', 'FASTEST_FIRST')
    const [one, other] = [await environmentOn(1), await environmentOn(0)]
    expect(aboutGpus(one)).toEqual(['CUDA_DEVICE_ORDER=PCI_BUS_ID', 'CUDA_VISIBLE_DEVICES=1'])
    expect(aboutGpus(other)).toEqual(['CUDA_DEVICE_ORDER=PCI_BUS_ID', 'CUDA_VISIBLE_DEVICES=0'])
    const rest = (lines: readonly string[]) =>
      lines.filter((line) => !line.startsWith('CUDA_')).length
    expect(rest(one)).toBe(rest(await environmentOn()))
  })

  test('is its parent’s where none was named', async () => {
    set('CUDA_VISIBLE_DEVICES', '5,6')
    expect(aboutGpus(await environmentOn())).toEqual(['CUDA_VISIBLE_DEVICES=5,6'])
  })
})

test.skipIf(hasNvidia)('an engine on a GPU asks nvidia-smi about that one alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-smi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const asked = join(folder, 'asked')
  const card = 'NVIDIA L4, 580.95.05, 23034, 22563, Disabled, 8.9'
  const script = `#!/bin/sh\necho "$CUDA_VISIBLE_DEVICES: $*" >> ${asked}\necho "${card}"\n`
  await writeFile(join(folder, 'nvidia-smi'), script, { mode: 0o755 })
  set('PATH', `${folder}:${process.env.PATH}`)
  const { engine } = watchedEngine(await checkpoint(), { device: 'auto', gpu: 3 })
  await engine.load()
  await engine[Symbol.asyncDispose]()
  expect(await readFile(asked, 'utf8')).toMatch(/^3: .*--id=3\n$/)
})

test.skipIf(hasNvidia)('a GPU that does not work is named', async () => {
  const { engine } = watchedEngine(await checkpoint(), { device: 'cuda', gpu: 3 })
  const failure = await engine.load().catch((error) => error)
  await engine[Symbol.asyncDispose]()
  expect(failure).toMatchObject({ code: 'device-unavailable' })
  expect(failure.message).toMatch(
    /^The device cuda does not work on GPU 3: .*\. Mend that, or choose another GPU\.$/,
  )
})
