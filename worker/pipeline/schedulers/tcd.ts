/**
 * TCD's strategic stochastic sampling, for checkpoints and LoRAs that were distilled to whole
 * trajectories (https://arxiv.org/abs/2402.19159).
 */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule } from '../noise-schedule.ts'
import { distilledTimesteps } from './distilled-timesteps.ts'
import type { Scheduler, Stepped } from './scheduler.ts'
import { denoise, levelOfAlpha, mix, predictedNoise } from './variance-preserving.ts'

/** The paper's gamma, diffusers' eta and its default: the share of a step that new noise makes up. */
const STOCHASTICITY = 0.3

/**
 * Goes further down than the next timestep, and up to it again with new noise. The last step goes to
 * timestep 0, keeps the little noise of that level, and draws none.
 */
export function createTcd(steps: number, config: SchedulerConfig): Scheduler {
  const { alphas, sigmas } = createNoiseSchedule(config)
  const timesteps = distilledTimesteps(steps, config, 'tcd')
  const alphaAt = (timestep: number) => alphas[timestep]!
  const levels = timesteps.map((timestep) => levelOfAlpha(alphaAt(timestep)))

  return {
    timesteps,
    sigmas: timesteps.map((timestep) => sigmas[timestep]!),
    initialNoiseScale: 1,
    addNoise: (latents, noise, step) => mix(latents, noise, levels[step]!),
    scaleInput: (latents) => latents,
    step(latents, predicted, step, random): Stepped {
      const prediction = { level: levels[step]!, type: config.predictionType }
      const denoised = denoise(latents, predicted, prediction)
      const noise = predictedNoise(latents, predicted, prediction)
      const next = timesteps[step + 1]
      const below = alphaAt(beneath(next ?? 0))
      const lower = mix(denoised, noise, levelOfAlpha(below))
      if (next === undefined) return { latents: lower, denoised }
      const up = levelOfAlpha(alphaAt(next) / below)
      return { latents: mix(lower, random.normal(latents.length), up), denoised }
    },
  }
}

/** The timestep that a step goes down to on its way to `next`; torch multiplies in float32. */
function beneath(next: number): number {
  return Math.floor(Math.fround(Math.fround(1 - STOCHASTICITY) * next))
}
