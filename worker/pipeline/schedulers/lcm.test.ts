import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createGenerator } from '../random.ts'
import { createLcm, createTrailingLcm } from './lcm.ts'

// LCMScheduler of diffusers 0.42.1.
test.each([
  [1, [999]],
  [4, [999, 759, 499, 259]],
  [8, [999, 879, 759, 639, 499, 379, 259, 139]],
])('%i steps are among the 50 that distillation visits', (steps, timesteps) => {
  expect(createLcm(steps, sdxlSchedulerConfig).timesteps).toEqual(timesteps)
})

test('50 steps are all of them, and more are refused by name', () => {
  expect(createLcm(50, sdxlSchedulerConfig).timesteps.at(-1)).toBe(19)
  const more = () => createLcm(51, sdxlSchedulerConfig)
  expect(more).toThrow(Failure)
  expect(more).toThrow(/at most 50 steps, not 51/)
})

// The 4 of DMD2's model card; the others as trailing spacing has them in diffusers 0.42.1.
test.each([
  [1, [999]],
  [4, [999, 749, 499, 249]],
  [6, [999, 832, 666, 499, 332, 166]],
])('%i trailing steps are evenly spaced from the last timestep on', (steps, timesteps) => {
  expect(createTrailingLcm(steps, sdxlSchedulerConfig).timesteps).toEqual(timesteps)
})

test('of trailing steps there may be more than distillation visits', () => {
  expect(createTrailingLcm(100, sdxlSchedulerConfig).timesteps.at(-1)).toBe(9)
})

test('every step but the last draws noise', () => {
  const scheduler = createLcm(2, sdxlSchedulerConfig)
  const latents = createGenerator(1).normal(16)
  const random = createGenerator(2)
  scheduler.step(latents, latents, 0, random)
  scheduler.step(latents, latents, 1, random)
  const once = createGenerator(2)
  once.normal(16)
  expect(random.normal(16)).toEqual(once.normal(16))
})
