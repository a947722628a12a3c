import { expect, test } from 'vitest'
import { sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createDpmSolver, createKarrasDpmSolver } from './dpm-solver.ts'

// DPMSolverMultistepScheduler of diffusers 0.42.1 on SDXL's configuration.
test('places one timestep more than it visits', () => {
  const { timesteps, sigmas } = createDpmSolver(25, sdxlSchedulerConfig)
  expect(timesteps).toEqual(Array.from({ length: 25 }, (_, i) => 951 - 38 * i))
  expectClose(sigmas, [11.0283356, 8.9436016, 7.3344793, 6.0786281, 5.0877652])
  expect(sigmas.at(-1)).toBeCloseTo(0.1963031, 6)
})

test('linspace rounds to whole timesteps', () => {
  const { timesteps, sigmas } = createDpmSolver(10, { ...sdxlSchedulerConfig, spacing: 'linspace' })
  expect(timesteps).toEqual([999, 899, 799, 699, 599, 500, 400, 300, 200, 100])
  expectClose(sigmas, [14.6146469, 8.3028059])
})

test('Karras sigmas go from the noisiest trained to the cleanest', () => {
  const { timesteps, sigmas } = createKarrasDpmSolver(25, sdxlSchedulerConfig)
  expect(timesteps).toEqual([
    999, 970, 938, 905, 868, 829, 786, 739, 687, 630, 568, 500, 427, 352, 278, 207, 146, 96, 59, 34,
    18, 9, 4, 1, 0,
  ])
  expectClose(sigmas, [14.6146469, 12.283042, 10.277832, 8.5600185, 7.0944204, 5.849391])
  expectClose(sigmas.slice(-2), [0.0437429, 0.0291675])
})

test('Karras timesteps may repeat, and the sigmas still fall', () => {
  const { timesteps, sigmas } = createKarrasDpmSolver(60, sdxlSchedulerConfig)
  expect(new Set(timesteps).size).toBeLessThan(60)
  sigmas.slice(1).forEach((sigma, i) => {
    expect(sigma).toBeLessThan(sigmas[i]!)
  })
})

test('a single Karras step starts from the noisiest', () => {
  const { timesteps, sigmas } = createKarrasDpmSolver(1, sdxlSchedulerConfig)
  expect(timesteps).toEqual([999])
  expectClose(sigmas, [14.6146469])
})

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 5)
  })
}
