import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findGpuTraces } from './gpu-traces.ts'

const home = await mkdtemp(join(tmpdir(), 'i2i-traces-'))
afterAll(() => rm(home, { recursive: true }))

/** A folder that looks like `/`. */
async function root(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(home, 'root-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

const bus = 'sys/bus/pci/devices/0000:41:00.0'

test('a container that was not given the GPU shows it on the bus alone', async () => {
  const files = { '.dockerenv': '', [`${bus}/vendor`]: '0x10de\n', [`${bus}/class`]: '0x030200\n' }
  expect(await findGpuTraces(await root(files))).toEqual({
    isInMachine: true,
    isReachable: false,
    isContainer: true,
  })
})

test('the device files are what makes it reachable', async () => {
  const files = { 'dev/nvidia0': '', 'dev/nvidiactl': '', 'proc/driver/nvidia/version': 'NVRM' }
  expect(await findGpuTraces(await root(files))).toEqual({
    isInMachine: true,
    isReachable: true,
    isContainer: false,
  })
})

test("another maker's GPU, and the sound of an NVIDIA card, are none", async () => {
  const files = {
    [`${bus}/vendor`]: '0x1002\n',
    [`${bus}/class`]: '0x030000\n',
    'sys/bus/pci/devices/0000:41:00.1/vendor': '0x10de\n',
    'sys/bus/pci/devices/0000:41:00.1/class': '0x040300\n',
    'dev/nvidiactl': '',
  }
  const none = { isInMachine: false, isReachable: false, isContainer: false }
  expect(await findGpuTraces(await root(files))).toEqual(none)
})
