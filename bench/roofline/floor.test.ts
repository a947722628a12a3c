import { describe, expect, it } from 'vitest'
import { better } from './beside-peak.ts'
import { floorOf, shareOf } from './floor.ts'
import { listedPeak } from './gpu-peaks.ts'
import { networkCost } from './network-cost.ts'
import type { Peak } from './peak.ts'

const a100 = listedPeak('NVIDIA A100-SXM4-80GB')
if (!a100) throw new Error('the A100 is not in the table')

const SDXL = {
  size: { width: 1024, height: 1024 },
  device: 'cuda',
  precision: 'float16',
  weights: 'prepared',
} as const

describe('floorOf', () => {
  // An A100's 312 TFLOP/s, worked out apart from this code: 21.7, 15.6 and 33.6 ms.
  it.each([
    ['unet', 21.7],
    ['vaeEncoder', 15.6],
    ['vaeDecoder', 33.6],
  ] as const)('of the %s in half precision on an A100', (network, ms) => {
    const floor = floorOf(networkCost(network, SDXL), 'float16', a100)
    expect(floor.floorMs).toBeCloseTo(ms, 1)
    expect(floor.boundBy).toBe('compute')
  })

  it('is the time to read the weights where there is little to compute', () => {
    const cost = { operations: 1e6, weightBytes: 2.039e9, activationBytes: 2.039e9 }
    const floor = floorOf(cost, 'float16', a100)
    expect(floor.boundBy).toBe('memory')
    expect(floor.floorMs).toBeCloseTo(1, 9)
    expect(floor.trafficMs).toBeCloseTo(2, 9)
  })
})

// ONNX Runtime's own figure for an A100: 82.5 ms for a guided evaluation, 13.52 trillion operations.
it('gives the share of the peak that a measured time comes to', () => {
  const twice = { operations: 2 * 6_761_236_398_080, weightBytes: 0, activationBytes: 0 }
  expect(shareOf(floorOf(twice, 'float16', a100), 82.5).share).toBeCloseTo(0.53, 2)
})

describe('listedPeak', () => {
  it.each([
    ['NVIDIA H100 80GB HBM3', 'H100 SXM'],
    ['NVIDIA H100 PCIe', 'H100 PCIe'],
    ['NVIDIA H200', 'H200'],
    ['NVIDIA A100-SXM4-80GB', 'A100 SXM 80 GB'],
    ['NVIDIA A100 80GB PCIe', 'A100 PCIe 80 GB'],
    ['NVIDIA A100-PCIE-40GB', 'A100 40 GB'],
    ['NVIDIA L40S', 'L40S'],
    ['NVIDIA GeForce RTX 4090', 'RTX 4090'],
    ['NVIDIA GeForce RTX 3090', 'RTX 3090'],
    ['NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada'],
  ])('knows %s', (driverName, card) => {
    expect(listedPeak(driverName)?.name).toBe(card)
  })

  it.each(['NVIDIA GeForce RTX 4090 D', 'NVIDIA H100 NVL', 'NVIDIA L40', 'Quadro RTX 6000'])(
    'does not take %s for a card that it resembles',
    (driverName) => {
      expect(listedPeak(driverName)).toBeUndefined()
    },
  )
})

it('takes the better of two measurements, number by number', () => {
  const slow: Peak = {
    name: 'here',
    source: 'measured',
    tflops: { float32: 0.2, float16: 0.2 },
    gbPerSecond: 20,
  }
  const busy: Peak = { ...slow, tflops: { float32: 0.3, float16: 0.3 }, gbPerSecond: 10 }
  expect(better(slow, busy)).toEqual({ ...busy, gbPerSecond: 20 })
})
