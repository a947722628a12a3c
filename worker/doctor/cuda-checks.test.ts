import { expect, it } from 'vitest'
import { parseGpus } from '#worker/gpu/gpu-list.ts'
import { readConfig } from './config.ts'
import { checkCuda, checkGpu, checkGpuMemory } from './cuda-checks.ts'
import { examine, type Machine } from './machine.ts'

/** A large card that has room, and one that is taken by others. */
const LINES = `NVIDIA L40S, 580.95.05, 46068, 45000, Disabled, 8.9
NVIDIA L4, 580.95.05, 23034, 2000, Disabled, 8.9`

/** A machine with both cards, where CUDA runs on the first alone. */
function machineWith(GPUS: string): Machine {
  const config = readConfig({ GPUS })
  const [first, ...more] = parseGpus(LINES)
  if (!first) throw new Error('no GPU in it')
  const traces = { isInMachine: true, isReachable: true, isContainer: false }
  return {
    ...examine(config),
    gpu: async () => ({
      smi: { kind: 'gpus', gpus: [first, ...more] },
      ...{ traces, visibleGpus: undefined, asked: config.gpus },
    }),
    cudaTrial: async (gpu = 0) => ({ missing: [], ...(gpu === 1 && { problem: 'no room' }) }),
  }
}

it('examines the first GPU where none is named, and else those that are', async () => {
  expect(await checkGpuMemory(machineWith(''))).toMatchObject({ status: 'ok' })
  expect(await checkCuda(machineWith(''))).toMatchObject({ status: 'ok' })
  expect((await checkGpuMemory(machineWith('1')))?.found).toMatch(/^2\.1 GB of 24\.2 GB free/)
  expect((await checkCuda(machineWith('1')))?.found).toBe('nothing runs on the GPU: no room')
})

it('tells the worst of several, and of which it is', async () => {
  expect((await checkGpu(machineWith('all'))).found).toBe(
    'GPU 0: NVIDIA L40S, 48.3 GB, compute capability 8.9; GPU 1: NVIDIA L4, 24.2 GB, compute capability 8.9',
  )
  expect((await checkGpuMemory(machineWith('0,1')))?.found).toMatch(/^GPU 1: 2\.1 GB of 24\.2 GB/)
  expect(await checkCuda(machineWith('0,1'))).toMatchObject({
    found: 'GPU 1: nothing runs on the GPU: no room',
    isInTheWay: true,
  })
})

it('is told of a GPU that is not there once', async () => {
  expect(await checkGpu(machineWith('2'))).toMatchObject({
    status: 'wrong',
    found: 'GPUS names GPU 2, but nvidia-smi lists GPUs 0 to 1',
  })
  expect(await checkGpuMemory(machineWith('2'))).toBeUndefined()
})
