import { describe, expect, it } from 'vitest'
import type { Gpu } from '#worker/gpu/gpu-list.ts'
import { driverFinding, generationFinding, gpuFinding, gpuMemoryFinding } from './gpu-findings.ts'
import { type GpuFacts, isSeen, needsCuda } from './machine.ts'

const gpu: Gpu = {
  name: 'NVIDIA GeForce RTX 4090',
  driver: '580.65.06',
  memory: 24564 * 2 ** 20,
  freeMemory: 24332 * 2 ** 20,
  computeCapability: '8.9',
  isSliced: false,
}
const nothing: GpuFacts = {
  smi: { kind: 'absent' },
  traces: { isInMachine: false, isReachable: false, isContainer: false },
  visibleGpus: undefined,
}
const auto = { isNamed: false, isWelcome: true }
const cuda = { isNamed: true, isWelcome: true }

describe('the GPU', () => {
  it('is told with its memory', () => {
    const facts: GpuFacts = { ...nothing, smi: { kind: 'gpus', gpus: [gpu, gpu] } }
    expect(gpuFinding(facts, auto)).toEqual({
      status: 'ok',
      found: 'NVIDIA GeForce RTX 4090, 25.8 GB, compute capability 8.9, the first of 2',
      isInTheWay: false,
    })
  })

  it('that is seen is to be used, unless told otherwise', () => {
    const facts: GpuFacts = { ...nothing, smi: { kind: 'gpus', gpus: [gpu] } }
    const wanted = (['auto', 'cuda', 'cpu'] as const).map((device) => needsCuda({ device }, facts))
    expect(wanted).toEqual([true, true, false])
    expect(needsCuda({ device: 'auto' }, nothing)).toBe(false)
    expect(gpuFinding(facts, { isNamed: false, isWelcome: false }).found).toMatch(
      /^not asked for: /,
    )
  })

  it('may be absent unless CUDA was asked for', () => {
    expect(gpuFinding(nothing, auto)).toMatchObject({ status: 'ok', isInTheWay: false })
    expect(gpuFinding(nothing, auto).found).toMatch(
      /^none seen: networks run on the CPU, about \d+ s a picture of 1024 × 1024$/,
    )
    expect(gpuFinding(nothing, cuda)).toMatchObject({ status: 'missing', isInTheWay: true })
  })

  it('that a container was not given is one that stands in the way', () => {
    const traces = { isInMachine: true, isReachable: false, isContainer: true }
    const facts = { ...nothing, traces }
    expect(isSeen(facts)).toBe(true)
    expect(gpuFinding(facts, auto)).toMatchObject({
      status: 'missing',
      mend: expect.stringContaining('--gpus all'),
      isInTheWay: true,
    })
  })

  it('without its driver needs one', () => {
    const traces = { isInMachine: true, isReachable: false, isContainer: false }
    const { mend } = gpuFinding({ ...nothing, traces }, auto)
    expect(mend).toBe('Install the NVIDIA driver, 580 or newer, and restart the machine.')
  })

  it('may be there although nvidia-smi is not', () => {
    const traces = { isInMachine: true, isReachable: true, isContainer: true }
    const finding = gpuFinding({ ...nothing, traces }, cuda)
    expect(finding).toMatchObject({ status: 'missing', isInTheWay: false })
    expect(finding.mend).toContain('NVIDIA_DRIVER_CAPABILITIES=compute,utility')
  })

  it.each([
    ['Failed to initialize NVML: Driver/library version mismatch', 'Restart the machine'],
    ['Failed to initialize NVML: Unknown Error', 'Start the container anew'],
    [
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver",
      'Install the NVIDIA driver',
    ],
    ['No devices were found', '--gpus all'],
  ])('whose driver says "%s" has a mend', (said, mend) => {
    const traces = { isInMachine: true, isReachable: true, isContainer: true }
    const finding = gpuFinding({ ...nothing, traces, smi: { kind: 'complaint', said } }, auto)
    expect(finding).toMatchObject({ status: 'wrong', found: `nvidia-smi: ${said}` })
    expect(finding.mend).toContain(mend)
  })

  it('that only a leftover nvidia-smi speaks of does not stop the CPU', () => {
    const smi = { kind: 'complaint', said: "couldn't communicate with the NVIDIA driver" } as const
    expect(gpuFinding({ ...nothing, smi }, auto).isInTheWay).toBe(false)
    expect(gpuFinding({ ...nothing, smi }, cuda).isInTheWay).toBe(true)
  })

  it.each(['', '-1'])('is hidden where CUDA_VISIBLE_DEVICES is "%s"', (visibleGpus) => {
    const facts: GpuFacts = { ...nothing, smi: { kind: 'gpus', gpus: [gpu] }, visibleGpus }
    expect(isSeen(facts)).toBe(false)
    expect(gpuFinding(facts, cuda).mend).toBe('unset CUDA_VISIBLE_DEVICES')
    expect(gpuFinding(facts, auto).isInTheWay).toBe(false)
  })
})

describe('the driver', () => {
  it('is old before 580', () => {
    expect(driverFinding(gpu, false)).toMatchObject({ status: 'ok', found: '580.65.06' })
    expect(driverFinding({ ...gpu, driver: '575.64.05' }, false)).toMatchObject({
      status: 'wrong',
      found: '575.64.05 is too old for CUDA 13, which needs 580 or newer',
      isInTheWay: true,
    })
  })

  it('is not too old where CUDA runs on it, by way of its compatibility package', () => {
    expect(driverFinding({ ...gpu, driver: '550.107.02' }, true).status).toBe('ok')
  })
})

describe('the generation', () => {
  const of = (computeCapability: string) => generationFinding({ ...gpu, computeCapability }, false)

  it.each(['7.5', '8.6', '8.9', '9.0', '12.0', '12.1'])('%s has code', (capability) => {
    expect(of(capability)).toBeUndefined()
  })

  it.each(['6.1', '7.0', '10.0'])('%s has none', (capability) => {
    expect(of(capability)).toMatchObject({ status: 'wrong', isInTheWay: true })
  })
})

describe('the memory', () => {
  it('is enough from 10 GB on', () => {
    // RTX 3080.
    expect(gpuMemoryFinding({ ...gpu, memory: 10240 * 2 ** 20, freeMemory: undefined })).toEqual({
      status: 'ok',
      found: '10.7 GB; SDXL needs about 9.6 GB, by estimate',
      isInTheWay: false,
    })
  })

  it('is little on a card of 8 GB, and too little on one of 6', () => {
    expect(gpuMemoryFinding({ ...gpu, memory: 8188 * 2 ** 20 })).toMatchObject({
      status: 'wrong',
      found: '8.6 GB is little: SDXL needs about 9.6 GB, by estimate',
      isInTheWay: false,
    })
    expect(gpuMemoryFinding({ ...gpu, memory: 6144 * 2 ** 20 }).isInTheWay).toBe(true)
  })

  it('that others hold is told, since they may be workers of ours', () => {
    expect(gpuMemoryFinding({ ...gpu, freeMemory: 4e9 })).toMatchObject({
      status: 'wrong',
      found: '4.0 GB of 25.8 GB free; SDXL needs about 9.6 GB, by estimate',
      isInTheWay: false,
    })
  })

  it('of a sliced card is for nvidia-smi to tell', () => {
    const finding = gpuMemoryFinding({ ...gpu, memory: undefined, isSliced: true })
    expect(finding).toMatchObject({ status: 'wrong', isInTheWay: false })
    expect(finding.mend).toContain('nvidia-smi -L')
  })
})
