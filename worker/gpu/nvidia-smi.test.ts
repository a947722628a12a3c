import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { askNvidiaSmi } from './nvidia-smi.ts'

const folder = await mkdtemp(join(tmpdir(), 'i2i-smi-'))
const { PATH } = process.env
afterEach(() => {
  process.env.PATH = PATH
})
afterAll(() => rm(folder, { recursive: true }))

/** A program of that name, first on PATH, that does what the shell's words say. */
async function install(words: string): Promise<void> {
  const program = join(folder, 'nvidia-smi')
  await writeFile(program, `#!/bin/sh\n${words}\n`)
  await chmod(program, 0o755)
  process.env.PATH = `${folder}:${PATH}`
}

test('where it is not on PATH it is absent', async () => {
  process.env.PATH = folder
  await rm(join(folder, 'nvidia-smi'), { force: true })
  expect(await askNvidiaSmi()).toEqual({ kind: 'absent' })
})

test('its cards are listed', async () => {
  await install('echo "NVIDIA H100 80GB HBM3, 580.95.05, 81559, 81079, Disabled, 9.0"')
  expect(await askNvidiaSmi()).toMatchObject({ kind: 'gpus', gpus: [{ driver: '580.95.05' }] })
})

test('one card is asked about by its number', async () => {
  await install('case "$*" in *--id=1) echo "Tesla T4, 580.95.05, 15109, 15106, [N/A], 7.5";; esac')
  expect(await askNvidiaSmi(1)).toMatchObject({ kind: 'gpus', gpus: [{ name: 'Tesla T4' }] })
  expect(await askNvidiaSmi(0)).toMatchObject({ kind: 'complaint' })
})

test('one that does not know of compute capability is asked again without', async () => {
  // Driver 470: huggingface/candle #733.
  await install(`case "$1" in
    *compute_cap*) printf 'Field "compute_cap" is not a valid field to query.\\n\\n'; exit 2;;
    *) echo "Tesla T4, 470.182.03, 15109, 15106";;
  esac`)
  expect(await askNvidiaSmi()).toMatchObject({ kind: 'gpus', gpus: [{ name: 'Tesla T4' }] })
})

test('what it complains of is told on one line', async () => {
  // anderskm/gputil #55, with its exit status.
  await install(
    "printf 'Failed to initialize NVML: Driver/library version mismatch\\nNVML library version: 535.161\\n'; exit 18",
  )
  expect(await askNvidiaSmi()).toEqual({
    kind: 'complaint',
    said: 'Failed to initialize NVML: Driver/library version mismatch NVML library version: 535.161',
  })
})

test('no cards are a complaint, whatever its exit status', async () => {
  await install('echo "No devices were found"')
  expect(await askNvidiaSmi()).toEqual({ kind: 'complaint', said: 'No devices were found' })
})
