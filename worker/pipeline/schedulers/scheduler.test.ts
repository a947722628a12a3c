import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type SchedulerName, schedulerNames } from '#contract'
import { type SchedulerConfig, sdxlSchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createGenerator } from '../random.ts'
import { createScheduler } from './scheduler.ts'

/** A run of diffusers' scheduler around a toy UNet; made by make-fixtures.py. */
interface Recorded {
  readonly scheduler: SchedulerName
  readonly config: Partial<SchedulerConfig>
  readonly steps: number
  /**
   * Position of the first step, after noise was added; null where a run starts from noise alone.
   */
  readonly start: number | null
  readonly timesteps: readonly number[]
  /** Latents before the first and after each step, or only the first and the last of these. */
  readonly trajectory: readonly (readonly number[])[]
}

const recorded: { seed: number; size: number; cases: Recorded[] } = JSON.parse(
  readFileSync(new URL('fixtures.json', import.meta.url), 'utf8'),
)

describe.each(schedulerNames)('%s', (name) => {
  const cases = recorded.cases
    .filter(({ scheduler }) => scheduler === name)
    .map((run) => [label(run), run] as const)

  test.each(cases)('moves the latents as diffusers does: %s', (_, run) => {
    const { scheduler, trajectory } = repeat(run)
    expect(scheduler.timesteps).toEqual(run.timesteps)
    const compared = run.trajectory.length === 2 ? [trajectory[0]!, trajectory.at(-1)!] : trajectory
    expect(compared).toHaveLength(run.trajectory.length)
    const errors = compared.map((latents, i) => relativeError(latents, run.trajectory[i]!))
    expect(Math.max(...errors)).toBeLessThan(1e-5)
  })

  test.each(['epsilon', 'v_prediction'] as const)(
    'lands on the clean latents where a UNet of type %s knows them',
    (predictionType) => {
      const config = { ...sdxlSchedulerConfig, predictionType, setAlphaToOne: true }
      for (const start of [0, 3]) {
        const random = createGenerator(1)
        const clean = random.normal(64)
        const scheduler = createScheduler(name, 8, config)
        const known = (input: Float32Array, step: number) =>
          knownPrediction(clean, input, { sigma: scheduler.sigmas[step]!, predictionType })
        let latents = scheduler.addNoise(clean, random.normal(64), start)
        for (let step = start; step < 8; step++) {
          const predicted = known(scheduler.scaleInput(latents, step), step)
          const moved = scheduler.step(latents, predicted, step, random)
          latents = moved.latents
          expect(relativeError(moved.denoised, clean)).toBeLessThan(1e-4)
        }
        // TCD ends on timestep 0, whose noise is a thirty-fourth of the signal.
        expect(relativeError(latents, clean)).toBeLessThan(name === 'tcd' ? 0.03 : 1e-4)
      }
    },
  )

  test('adds noise of the sigma that it reports, in units of the signal', () => {
    const scheduler = createScheduler(name, 10, sdxlSchedulerConfig)
    const random = createGenerator(2)
    const clean = random.normal(16)
    const noise = random.normal(16)
    const zero = new Float32Array(16)
    scheduler.sigmas.forEach((sigma, step) => {
      const signal = relativeScale(scheduler.addNoise(clean, zero, step), clean)
      const noiseScale = relativeScale(scheduler.addNoise(zero, noise, step), noise)
      expect(noiseScale / signal).toBeCloseTo(sigma, 4)
    })
  })

  test.each([0, 2.5, 1001])('refuses %f steps', (steps) => {
    expect(() => createScheduler(name, steps, sdxlSchedulerConfig)).toThrow(/whole number from 1/)
  })

  test('leaves what it is given as it was', () => {
    const scheduler = createScheduler(name, 4, sdxlSchedulerConfig)
    const latents = createGenerator(3).normal(16)
    const predicted = createGenerator(4).normal(16)
    scheduler.addNoise(latents, predicted, 1)
    scheduler.scaleInput(latents, 1)
    scheduler.step(latents, predicted, 1, createGenerator(5))
    expect(latents).toEqual(createGenerator(3).normal(16))
    expect(predicted).toEqual(createGenerator(4).normal(16))
  })
})

function label({ config, steps, start }: Recorded): string {
  const from = start === null ? 'from noise' : `from step ${start}`
  return `${steps} steps ${from}, ${JSON.stringify(config)}`
}

function repeat({ scheduler: name, config, steps, start }: Recorded) {
  const scheduler = createScheduler(name, steps, { ...sdxlSchedulerConfig, ...config })
  const random = createGenerator(recorded.seed)
  const clean = random.normal(recorded.size)
  const noise = random.normal(recorded.size)
  const trajectory = [
    start === null
      ? noise.map((x) => x * scheduler.initialNoiseScale)
      : scheduler.addNoise(clean, noise, start),
  ]
  for (let step = start ?? 0; step < steps; step++) {
    const latents = trajectory.at(-1)!
    const bias = Math.sin(scheduler.timesteps[step]! / 100)
    const predicted = scheduler.scaleInput(latents, step).map((x) => 0.1 * x + bias)
    trajectory.push(scheduler.step(latents, predicted, step, random).latents)
  }
  return { scheduler, trajectory }
}

interface Known {
  readonly sigma: number
  readonly predictionType: SchedulerConfig['predictionType']
}

/**
 * What a perfect UNet says of `input` = signal × clean + noise × normal, whichever space a
 * scheduler works in.
 */
function knownPrediction(
  clean: Float32Array,
  input: Float32Array,
  { sigma, predictionType }: Known,
) {
  const signal = 1 / Math.hypot(sigma, 1)
  const noise = sigma * signal
  return input.map((x, i) => {
    const normal = (x - signal * clean[i]!) / noise
    return predictionType === 'epsilon' ? normal : signal * normal - noise * clean[i]!
  })
}

function relativeError(actual: Float32Array, expected: ArrayLike<number>): number {
  const difference = actual.map((x, i) => x - expected[i]!)
  return Math.hypot(...difference) / Math.hypot(...Array.from(expected))
}

/** The factor between two arrays of the same direction. */
function relativeScale(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a) / Math.hypot(...b)
}
