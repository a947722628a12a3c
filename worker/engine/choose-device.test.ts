import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseDevice } from './choose-device.ts'
import { hasProvider, missingLibraries } from './cuda-provider.ts'
import { tinyCheckpoints, watchedEngine } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()
const hasNvidia = existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')

test('the CPU is taken where it is asked for', async () => {
  expect(await chooseDevice('cpu')).toEqual({ device: 'cpu' })
})

test.skipIf(hasNvidia)('auto takes the CPU where there is no CUDA, and says why', async () => {
  const { device, deviceNote } = await chooseDevice('auto')
  expect(device).toBe('cpu')
  expect(deviceNote).toBe('No NVIDIA GPU is seen here.')
})

test.skipIf(hasNvidia)('where a driver answers, auto says what CUDA lacks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-smi-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const card = 'NVIDIA L4, 580.95.05, 23034, 22563, Disabled, 8.9'
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\necho "${card}"\n`, { mode: 0o755 })
  const { PATH } = process.env
  onTestFinished(() => {
    process.env.PATH = PATH
  })
  process.env.PATH = `${folder}:${PATH}`
  const { deviceNote } = await chooseDevice('auto')
  expect(deviceNote).toBe(`No CUDA here: ${await reasonHere()}.`)
})

test.skipIf(hasNvidia)('an engine told to use CUDA where there is none never runs', async () => {
  const { engine, deaths } = watchedEngine(await checkpoint(), { device: 'cuda' })
  const failure = await engine.load().catch((error) => error)
  expect(failure).toMatchObject({ code: 'device-unavailable', fault: 'operator', retryable: false })
  expect(failure.message).toBe(
    `The device cuda does not work here: ${await reasonHere()}. Mend that, or choose the device cpu.`,
  )
  await engine[Symbol.asyncDispose]()
  expect(deaths).toEqual([])
})

/** The first thing that lacks where there is no GPU: the provider, else the libraries. */
async function reasonHere(): Promise<string> {
  if (!hasProvider()) {
    return "ONNX Runtime's CUDA provider is not installed (npm run doctor -- --fetch-cuda fetches it)"
  }
  const missing = await missingLibraries()
  expect(missing).toContain('libcuda.so.1')
  return `${missing.join(', ')} cannot be loaded (npm run doctor says how to get what is missing)`
}
