import { describe, expect, it } from 'vitest'
import { added, networkCost } from './network-cost.ts'

const at = (side: number) => ({ width: side, height: side })

describe('networkCost', () => {
  // An independent count over SDXL's layers gave 6.761, 4.879 and 10.470 trillion.
  it.each([
    ['unet', 6_761_236_398_080],
    ['vaeEncoder', 4_878_950_727_680],
    ['vaeDecoder', 10_470_392_594_432],
  ] as const)('counts the operations of the %s at 1024 pixels', (network, operations) => {
    const portable = { size: at(1024), device: 'cpu', precision: 'float32' } as const
    expect(networkCost(network, { ...portable, weights: 'prepared' }).operations).toBe(operations)
  })

  it('counts the same operations in the graph for CUDA, and less traffic', () => {
    const size = at(512)
    const written = networkCost('unet', {
      size,
      device: 'cpu',
      precision: 'float16',
      weights: 'prepared',
    })
    const fused = networkCost('unet', {
      size,
      device: 'cuda',
      precision: 'float16',
      weights: 'prepared',
    })
    expect(fused.operations).toBe(written.operations)
    expect(fused.activationBytes).toBeLessThan(written.activationBytes)
  })

  it('reads weights in place as the checkpoint has them, two bytes each', () => {
    const cpu = { size: at(256), device: 'cpu', precision: 'float32' } as const
    expect(networkCost('unet', { ...cpu, weights: 'in-place' }).weightBytes).toBe(2 * 2_567_463_684)
    expect(networkCost('unet', { ...cpu, weights: 'prepared' }).weightBytes).toBe(4 * 2_567_463_684)
  })
})

it('adds runs up', () => {
  const one = { operations: 1, weightBytes: 10, activationBytes: 100 }
  expect(added([one, one, one])).toEqual({
    operations: 3,
    weightBytes: 30,
    activationBytes: 300,
  })
})
