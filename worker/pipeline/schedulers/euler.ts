/**
 * Euler, plain and ancestral, in sigma space (Karras et al. 2022,
 * https://arxiv.org/abs/2206.00364).
 */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule, sigmaAt, spaceTimesteps } from '../noise-schedule.ts'
import type { Generator } from '../random.ts'
import type { Scheduler, Stepped } from './scheduler.ts'

type PredictionType = SchedulerConfig['predictionType']

/** The next latents from those at `sigma`, given the clean ones; `next` is the sigma to reach. */
type Move = (latents: Float32Array, denoised: Float32Array, at: Sigmas) => Float32Array

interface Sigmas {
  readonly sigma: number
  readonly next: number
  readonly random: Generator
}

/** Follows the straight line to the denoised latents, down to the next sigma. Draws nothing. */
export function createEuler(steps: number, config: SchedulerConfig): Scheduler {
  return createInSigmaSpace(steps, config, (latents, denoised, { sigma, next }) =>
    approach(latents, denoised, next / sigma),
  )
}

/**
 * Goes further down than the next sigma and makes up the difference with new noise. It draws on
 * every step, the last included, where the noise counts for nothing: diffusers does, and the
 * generator's order is part of a seed.
 */
export function createEulerAncestral(steps: number, config: SchedulerConfig): Scheduler {
  return createInSigmaSpace(steps, config, (latents, denoised, { sigma, next, random }) => {
    const up = Math.sqrt((next ** 2 * (sigma ** 2 - next ** 2)) / sigma ** 2)
    // The root of next² − up², written without its cancellation.
    const down = next ** 2 / sigma
    const noise = random.normal(latents.length)
    return approach(latents, denoised, down / sigma).map((x, i) => x + noise[i]! * up)
  })
}

function createInSigmaSpace(steps: number, config: SchedulerConfig, move: Move): Scheduler {
  const schedule = createNoiseSchedule(config)
  const timesteps = spaceTimesteps(steps, config).map(Math.fround)
  const sigmas = timesteps.map((timestep) => sigmaAt(timestep, schedule.sigmas))
  const largest = Math.max(...sigmas)

  return {
    timesteps,
    sigmas,
    initialNoiseScale: config.spacing === 'leading' ? Math.hypot(largest, 1) : largest,
    addNoise(latents, noise, step) {
      const sigma = sigmas[step]!
      return latents.map((x, i) => x + sigma * noise[i]!)
    },
    scaleInput(latents, step) {
      const scale = Math.hypot(sigmas[step]!, 1)
      const scaled = new Float32Array(latents.length)
      for (let i = 0; i < scaled.length; i++) scaled[i] = latents[i]! / scale
      return scaled
    },
    step(latents, predicted, step, random): Stepped {
      const sigma = sigmas[step]!
      const denoised = denoise(latents, predicted, { sigma, type: config.predictionType })
      const next = sigmas[step + 1] ?? 0
      return { latents: move(latents, denoised, { sigma, next, random }), denoised }
    },
  }
}

interface Prediction {
  readonly sigma: number
  readonly type: PredictionType
}

function denoise(latents: Float32Array, predicted: Float32Array, { sigma, type }: Prediction) {
  const variance = sigma ** 2 + 1
  const [kept, removed] = type === 'epsilon' ? [1, sigma] : [variance, sigma / Math.sqrt(variance)]
  const denoised = new Float32Array(latents.length)
  for (let i = 0; i < denoised.length; i++) {
    denoised[i] = latents[i]! / kept - removed * predicted[i]!
  }
  return denoised
}

/** x + (x − denoised) / sigma × (target − sigma), with `ratio` = target / sigma. */
function approach(latents: Float32Array, denoised: Float32Array, ratio: number): Float32Array {
  const approached = new Float32Array(latents.length)
  for (let i = 0; i < approached.length; i++) {
    const x = latents[i]!
    approached[i] = x + (x - denoised[i]!) * (ratio - 1)
  }
  return approached
}
