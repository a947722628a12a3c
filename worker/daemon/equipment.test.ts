import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readDaemonConfig } from './config.ts'
import { equipmentOf } from './equipment.ts'

/** What a daemon that was given GPUS finds where nvidia-smi lists so many. */
async function gpusOf(GPUS: string, listed: number): Promise<readonly (number | undefined)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-smi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const card = 'echo "NVIDIA L4, 580.95.05, 23034, 22563, Disabled, 8.9"\n'
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${card.repeat(listed)}`, { mode: 0o755 })
  const { PATH } = process.env
  onTestFinished(() => {
    process.env.PATH = PATH
  })
  process.env.PATH = `${folder}:${PATH}`
  const least = { REDIS_URL: 'redis://here:6379', SDXL_CHECKPOINT: 'sdxl.safetensors' }
  return equipmentOf(readDaemonConfig({ ...least, GPUS }), () => {}).gpus()
}

it('has an engine on each GPU that is named, on all, or one on whatever is there', async () => {
  expect(await gpusOf('1,0', 2)).toEqual([1, 0])
  expect(await gpusOf('all', 3)).toEqual([0, 1, 2])
  expect(await gpusOf('', 3)).toEqual([undefined])
})

it('refuses a GPU that is not there', async () => {
  await expect(gpusOf('0,2', 2)).rejects.toMatchObject({
    code: 'configuration-invalid',
    message:
      'GPUS names GPU 2, but nvidia-smi lists GPUs 0 to 1. Name one that is listed, or say all.',
  })
})
