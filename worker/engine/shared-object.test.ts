import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bindingFolder } from './cuda-provider.ts'
import { neededLibraries } from './shared-object.ts'

const folder = await mkdtemp(join(tmpdir(), 'i2i-elf-'))
afterAll(() => rm(folder, { recursive: true }))

const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64'
const binding = join(bindingFolder(), 'onnxruntime_binding.node')

// As `readelf -d` prints them.
test.runIf(isLinuxX64)("the needs of ONNX Runtime's binding are read in their order", async () => {
  expect(await neededLibraries(binding)).toEqual([
    'libonnxruntime.so.1',
    'libstdc++.so.6',
    'libm.so.6',
    'libgcc_s.so.1',
    'libc.so.6',
  ])
})

test.runIf(isLinuxX64)('a file that was cut short is refused by name', async () => {
  const cut = join(folder, 'cut.so')
  await using whole = await open(binding)
  const { buffer } = await whole.read(Buffer.alloc(1000), 0, 1000, 0)
  await writeFile(cut, buffer)
  await expect(neededLibraries(cut)).rejects.toThrow(
    `${cut} is not a whole shared object for this machine: fetch it again.`,
  )
})

test('what is no shared object at all is refused', async () => {
  const text = join(folder, 'text.so')
  await writeFile(text, 'not found\n')
  await expect(neededLibraries(text)).rejects.toMatchObject({ code: 'device-unavailable' })
})
