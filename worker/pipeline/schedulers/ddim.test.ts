import { expect, test } from 'vitest'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createGenerator } from '../random.ts'
import { createDdim } from './ddim.ts'

const random = createGenerator(1)
const latents = random.normal(16)
const predicted = random.normal(16)

// √alpha and √(1 − alpha) of the first alpha of the table, 0.99914998.
const atTimestep0 = (denoised: Float32Array) =>
  denoised.map((x, i) => 0.9995749 * x + 0.0291551 * predicted[i]!)

test('without set_alpha_to_one the last step keeps the noise of timestep 0', () => {
  const last = (setAlphaToOne: boolean) =>
    createDdim(5, { ...sdxlSchedulerConfig, setAlphaToOne }).step(latents, predicted, 4, random)
  const clean = last(true)
  expect(clean.latents).toEqual(clean.denoised)
  const kept = last(false)
  expectClose(kept.latents, atTimestep0(kept.denoised))
})

test('a stride that ends on timestep 0 itself is not yet past the end', () => {
  const config = { ...sdxlSchedulerConfig, setAlphaToOne: true, stepsOffset: 0 }
  const scheduler = createDdim(5, config)
  expect(scheduler.timesteps.slice(-2)).toEqual([200, 0])
  const moved = scheduler.step(latents, predicted, 3, random)
  expectClose(moved.latents, atTimestep0(moved.denoised))
})

test('a step without any signal is refused where the checkpoint predicts noise', () => {
  const config = { ...sdxlSchedulerConfig, rescaleBetasZeroSnr: true, spacing: 'trailing' } as const
  expect(() => createDdim(5, config).step(latents, predicted, 0, random)).toThrow(/no signal/)
  expect(createDdim(5, config).step(latents, predicted, 1, random).latents).not.toContain(NaN)
})

test('clean latents are held within the range of a checkpoint that clips, or does not say', () => {
  const denoisedBy = (clipSample: boolean | undefined, clipSampleRange = 1) =>
    createDdim(5, { ...sdxlSchedulerConfig, clipSample, clipSampleRange }).step(
      latents.map((x) => x * 10),
      predicted,
      2,
      random,
    ).denoised
  const furthest = (denoised: Float32Array) => Math.max(...denoised.map(Math.abs))
  expect(furthest(denoisedBy(false))).toBeGreaterThan(5)
  expect(furthest(denoisedBy(true))).toBe(1)
  expect(furthest(denoisedBy(undefined))).toBe(1)
  expect(furthest(denoisedBy(true, 3))).toBe(3)
})

function expectClose(actual: Float32Array, expected: Float32Array): void {
  actual.forEach((x, i) => {
    expect(x).toBeCloseTo(expected[i]!, 5)
  })
}
