/** LCM, for checkpoints distilled to a few steps (https://arxiv.org/abs/2310.04378). */
import { Failure } from '#contract'
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule } from '../noise-schedule.ts'
import type { Scheduler, Stepped } from './scheduler.ts'
import { clipped, denoise, levelOfAlpha, mix } from './variance-preserving.ts'

/**
 * The timesteps that consistency distillation visits; a run picks among them, whatever the spacing.
 */
const DISTILLED_STEPS = 50
/** Standard deviation of the data, and the factor on the timestep, in the boundary condition. */
const SIGMA_DATA = 0.5
const TIMESTEP_SCALING = 10

/**
 * Jumps to the denoised latents and adds new noise for the next level; the last step draws none.
 */
export function createLcm(steps: number, config: SchedulerConfig): Scheduler {
  if (steps > DISTILLED_STEPS) {
    throw new Failure(
      'request-invalid',
      `the scheduler lcm takes at most ${DISTILLED_STEPS} steps, not ${steps}; ` +
        'ask for fewer, or for another scheduler',
    )
  }
  const { alphas, sigmas } = createNoiseSchedule(config)
  const timesteps = distilledTimesteps(steps, config.trainSteps)
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

function distilledTimesteps(steps: number, trainSteps: number): number[] {
  const stride = Math.floor(trainSteps / DISTILLED_STEPS)
  return Array.from({ length: steps }, (_, i) => {
    const skipped = Math.floor(i * (DISTILLED_STEPS / steps))
    return (DISTILLED_STEPS - skipped) * stride - 1
  })
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
