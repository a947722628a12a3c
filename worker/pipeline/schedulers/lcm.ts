/** LCM, for checkpoints distilled to a few steps (https://arxiv.org/abs/2310.04378). */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule, spaceTimesteps } from '../noise-schedule.ts'
import { distilledTimesteps } from './distilled-timesteps.ts'
import type { Scheduler, Stepped } from './scheduler.ts'
import { clipped, denoise, levelOfAlpha, mix } from './variance-preserving.ts'

/** Standard deviation of the data, and the factor on the timestep, in the boundary condition. */
const SIGMA_DATA = 0.5
const TIMESTEP_SCALING = 10

/** Visits timesteps of consistency distillation; at most 50 steps. */
export function createLcm(steps: number, config: SchedulerConfig): Scheduler {
  return createConsistency(distilledTimesteps(steps, config, 'lcm'), config)
}

/** Visits evenly spaced timesteps from the last on, as DMD2 does: of 4 steps 999, 749, 499 and 249. */
export function createTrailingLcm(steps: number, config: SchedulerConfig): Scheduler {
  return createConsistency(spaceTimesteps(steps, { ...config, spacing: 'trailing' }), config)
}

/**
 * Jumps to the denoised latents and adds new noise for the next level; the last step draws none.
 */
function createConsistency(timesteps: readonly number[], config: SchedulerConfig): Scheduler {
  const { alphas, sigmas } = createNoiseSchedule(config)
  const levels = timesteps.map((timestep) => levelOfAlpha(alphas[timestep]!))

  return {
    timesteps,
    sigmas: timesteps.map((timestep) => sigmas[timestep]!),
    initialNoiseScale: 1,
    addNoise: (latents, noise, step) => mix(latents, noise, levels[step]!),
    scaleInput: (latents) => latents,
    step(latents, predicted, step, random): Stepped {
      const prediction = { level: levels[step]!, type: config.predictionType }
      const clean = clipped(denoise(latents, predicted, prediction), config, false)
      const denoised = keepBoundary(latents, clean, timesteps[step]!)
      const next = levels[step + 1]
      if (next === undefined) return { latents: denoised, denoised }
      return { latents: mix(denoised, random.normal(latents.length), next), denoised }
    },
  }
}

/**
 * The consistency function's boundary condition: at timestep 0 it would be the latents themselves.
 */
function keepBoundary(latents: Float32Array, clean: Float32Array, timestep: number) {
  const scaled = timestep * TIMESTEP_SCALING
  const skip = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2)
  const out = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2)
  return clean.map((x, i) => out * x + skip * latents[i]!)
}
