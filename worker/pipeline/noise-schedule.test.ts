import { describe, expect, test } from 'vitest'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule, roundHalfEven, spaceTimesteps } from './noise-schedule.ts'

describe("SDXL's noise schedule is diffusers'", () => {
  const { alphas, sigmas } = createNoiseSchedule(sdxlSchedulerConfig)

  // EulerDiscreteScheduler.alphas_cumprod and its sigmas, diffusers 0.42.1.
  test.each([
    [0, 0.99914998, 0.0291675],
    [1, 0.99829602, 0.0413145],
    [10, 0.99043131, 0.0982911],
    [100, 0.89422315, 0.3439318],
    [250, 0.6737923, 0.6957994],
    [500, 0.27633247, 1.6182797],
    [750, 0.0561698, 4.0991657],
    [961, 0.00728172, 11.6760502],
    [999, 0.0046601, 14.6146469],
  ])('at timestep %i: alpha %f, sigma %f', (timestep, alpha, sigma) => {
    expect(alphas[timestep]).toBeCloseTo(alpha, 8)
    expect(sigmas[timestep]).toBeCloseTo(sigma, 6)
  })

  test('with sums that agree to the last bit of float32', () => {
    expect(alphas.reduce((sum, alpha) => sum + alpha)).toBe(373.3764712619595)
    const { alphas: linear } = createNoiseSchedule({
      ...sdxlSchedulerConfig,
      betaSchedule: 'linear',
    })
    expect(linear.reduce((sum, alpha) => sum + alpha)).toBe(309.0754451827379)
  })
})

test('zero terminal SNR takes the last alpha to 0 and keeps its sigma finite', () => {
  const { alphas, sigmas } = createNoiseSchedule({
    ...sdxlSchedulerConfig,
    rescaleBetasZeroSnr: true,
  })
  expect(alphas[999]).toBe(0)
  expect(alphas[0]).toBeCloseTo(0.99914998, 7)
  const trailing = [999, 899, 799, 699, 599, 499, 399, 299, 199, 99].map((t) => sigmas[t]!)
  const expected = [
    4096, 18.130056, 7.410707, 4.114185, 2.604856, 1.768081, 1.241375, 0.874744, 0.594752, 0.354989,
  ]
  trailing.forEach((sigma, i) => {
    expect(Math.abs(sigma / expected[i]! - 1)).toBeLessThan(2e-6)
  })
})

describe('timesteps', () => {
  const space = (steps: number, spacing: 'leading' | 'linspace' | 'trailing') =>
    spaceTimesteps(steps, { ...sdxlSchedulerConfig, spacing })

  test('lead each stride, one up', () => {
    expect(space(20, 'leading')).toEqual(Array.from({ length: 20 }, (_, i) => 951 - 50 * i))
    expect(space(15, 'leading').slice(0, 3)).toEqual([925, 859, 793])
  })

  test('divide the whole evenly, fractions and all', () => {
    expect(space(25, 'linspace').slice(0, 3)).toEqual([999, 957.375, 915.75])
    expect(space(25, 'linspace').at(-1)).toBe(0)
    expect(space(1, 'linspace')).toEqual([0])
  })

  test('trail each stride', () => {
    expect(space(8, 'trailing')).toEqual([999, 874, 749, 624, 499, 374, 249, 124])
    expect(space(25, 'trailing').at(-1)).toBe(39)
  })

  test.each([61, 103, 121, 122])('are %i when trailing, without the −1 of numpy', (steps) => {
    const timesteps = space(steps, 'trailing')
    expect(timesteps).toHaveLength(steps)
    expect(timesteps.at(-1)).toBeGreaterThan(0)
  })
})

test('halves round to even', () => {
  expect([0.5, 1.5, 2.5, 62.5, 0.49, 2.51].map(roundHalfEven)).toEqual([0, 2, 2, 62, 0, 3])
})
