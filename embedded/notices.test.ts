import { expect, it } from 'vitest'
import { readConfig } from '#worker/doctor/config.ts'
import { examine, type GpuFacts, type Machine } from '#worker/doctor/machine.ts'
import { noticesOf } from './notices.ts'

const config = { hasEnhancer: true, unread: [] }

/** With a GPU as nvidia-smi would list it, or none, and without a provider. */
function machineWith(smi: GpuFacts['smi'], DEVICE = 'auto'): Machine {
  const traces = { isInMachine: false, isReachable: false, isContainer: false }
  return {
    ...examine(readConfig({ DEVICE })),
    gpu: async () => ({ smi, traces, visibleGpus: undefined }),
    provider: async () => ({ folder: '/onnxruntime' }),
  }
}

const h100 = {
  ...{ name: 'NVIDIA H100', driver: '580.95', computeCapability: '9.0' },
  ...{ memory: 80e9, freeMemory: 79e9, isSliced: false },
}
const seen: GpuFacts['smi'] = { kind: 'gpus', gpus: [h100] }

it('names the command for a GPU that is seen and has no provider', async () => {
  const [notice, ...others] = await noticesOf(config, undefined, machineWith(seen))
  expect(notice).toContain('CUDA provider is not in /onnxruntime')
  expect(notice).toMatch(/This mends it: npm run doctor -- --fetch-cuda$/)
  expect(others).toEqual([])
})

it('has nothing to say where there is no GPU, or none is wanted', async () => {
  expect(await noticesOf(config, undefined, machineWith({ kind: 'absent' }))).toEqual([])
  expect(await noticesOf(config, undefined, machineWith(seen, 'cpu'))).toEqual([])
})

it('calls a checkpoint what it is, and says what else is not to be expected', async () => {
  const bare = { hasEnhancer: false, unread: ['REDIS_URL'] }
  const notices = await noticesOf(bare, 'nonsense', machineWith({ kind: 'absent' }))
  expect(notices).toHaveLength(3)
  expect(notices[0]).toContain('it draws nothing real. Set SDXL_CHECKPOINT')
  expect(notices[1]).toContain('Prompts go on as they are written')
  expect(notices[2]).toContain('REDIS_URL is not used by npm start')
  const [demo] = await noticesOf(config, 'demo', machineWith({ kind: 'absent' }))
  expect(demo).toContain('The checkpoint is the demo')
})
