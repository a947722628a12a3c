import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createGenerator } from '../random.ts'
import { createTcd } from './tcd.ts'

const latents = createGenerator(1).normal(16)
const predicted = createGenerator(2).normal(16)

// TCDScheduler of diffusers 0.42.1.
test.each([
  [1, [999]],
  [4, [999, 759, 499, 259]],
  [8, [999, 879, 759, 639, 499, 379, 259, 139]],
])('%i steps are among the 50 that distillation visits', (steps, timesteps) => {
  expect(createTcd(steps, sdxlSchedulerConfig).timesteps).toEqual(timesteps)
})

test('more than 50 steps are refused by name', () => {
  const more = () => createTcd(51, sdxlSchedulerConfig)
  expect(more).toThrow(Failure)
  expect(more).toThrow(/the scheduler tcd takes at most 50 steps, not 51/)
})

test('the last step keeps the noise of timestep 0, even where DDIM would end on clean latents', () => {
  const scheduler = createTcd(4, { ...sdxlSchedulerConfig, setAlphaToOne: true })
  const last = scheduler.step(latents, predicted, 3, createGenerator(3))
  // √alpha and √(1 − alpha) of the first alpha of the table, 0.99914998.
  last.latents.forEach((x, i) => {
    expect(x).toBeCloseTo(0.9995749 * last.denoised[i]! + 0.0291551 * predicted[i]!, 5)
  })
})

test('every step but the last draws noise', () => {
  const scheduler = createTcd(2, sdxlSchedulerConfig)
  const random = createGenerator(4)
  scheduler.step(latents, predicted, 0, random)
  scheduler.step(latents, predicted, 1, random)
  const once = createGenerator(4)
  once.normal(16)
  expect(random.normal(16)).toEqual(once.normal(16))
})
