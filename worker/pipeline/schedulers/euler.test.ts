import { expect, test } from 'vitest'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createGenerator } from '../random.ts'
import { createEuler, createEulerAncestral } from './euler.ts'

// EulerDiscreteScheduler of diffusers 0.42.1, set_timesteps(25) on SDXL's configuration.
const LEADING_25 = [
  11.6760502, 9.3380795, 7.5623908, 6.1970382, 5.1344333, 4.2975497, 3.6306543, 3.0930102,
  2.6545451, 2.2928548, 1.9910918, 1.7364744, 1.5192176, 1.3317636, 1.1682165, 1.0239258, 0.8951724,
  0.7789238, 0.6726332, 0.5740508, 0.4810033, 0.3910384, 0.3005809, 0.2017936, 0.0413145,
]

test.each([
  ['euler', createEuler],
  ['euler_ancestral', createEulerAncestral],
] as const)('%s visits the sigmas of SDXL at 25 steps', (_, create) => {
  const { timesteps, sigmas, initialNoiseScale } = create(25, sdxlSchedulerConfig)
  expect(timesteps).toEqual(Array.from({ length: 25 }, (_, i) => 961 - 40 * i))
  sigmas.forEach((sigma, i) => {
    expect(sigma).toBeCloseTo(LEADING_25[i]!, 5)
  })
  expect(initialNoiseScale).toBeCloseTo(11.718795, 5)
})

test('linspace interpolates sigma at fractional timesteps and starts from plain sigma', () => {
  const scheduler = createEuler(25, { ...sdxlSchedulerConfig, spacing: 'linspace' })
  expect(scheduler.timesteps.slice(0, 2)).toEqual([999, 957.375])
  const expected = [14.6146469, 11.4359417, 9.0768089]
  expected.forEach((sigma, i) => {
    expect(scheduler.sigmas[i]).toBeCloseTo(sigma, 5)
  })
  expect(scheduler.sigmas.at(-1)).toBeCloseTo(0.0291675, 6)
  expect(scheduler.initialNoiseScale).toBeCloseTo(14.6146469, 5)
})

test('only the ancestral form draws noise, on the last step too', () => {
  const latents = createGenerator(1).normal(16)
  const after = (create: typeof createEuler) => {
    const random = createGenerator(2)
    create(4, sdxlSchedulerConfig).step(latents, latents, 3, random)
    return random.normal(16)
  }
  const drawn = createGenerator(2)
  expect(after(createEuler)).toEqual(drawn.normal(16))
  expect(after(createEulerAncestral)).toEqual(drawn.normal(16))
})
