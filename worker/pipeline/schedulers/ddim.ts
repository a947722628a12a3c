/** DDIM, deterministic (eta 0; https://arxiv.org/abs/2010.02502, formula 12). */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule, roundHalfEven, spaceTimesteps } from '../noise-schedule.ts'
import type { Scheduler, Stepped } from './scheduler.ts'
import { clipped, denoise, levelOfAlpha, mix, predictedNoise } from './variance-preserving.ts'

export function createDdim(steps: number, config: SchedulerConfig): Scheduler {
  const { alphas, sigmas } = createNoiseSchedule(config)
  const timesteps = spaceTimesteps(steps, config).map(roundHalfEven)
  const finalAlpha = config.setAlphaToOne ? 1 : alphas[0]!
  // The next noise level lies one even stride below, whatever the spacing: diffusers does so.
  const stride = Math.floor(config.trainSteps / steps)
  const levels = timesteps.map((timestep) => levelOfAlpha(alphas[timestep]!))
  const nextLevels = timesteps.map((timestep) =>
    levelOfAlpha(timestep < stride ? finalAlpha : alphas[timestep - stride]!),
  )

  return {
    timesteps,
    sigmas: timesteps.map((timestep) => sigmas[timestep]!),
    initialNoiseScale: 1,
    addNoise: (latents, noise, step) => mix(latents, noise, levels[step]!),
    scaleInput: (latents) => latents,
    step(latents, predicted, step): Stepped {
      const prediction = { level: levels[step]!, type: config.predictionType }
      const denoised = clipped(denoise(latents, predicted, prediction), config, true)
      const noise = predictedNoise(latents, predicted, prediction)
      return { latents: mix(denoised, noise, nextLevels[step]!), denoised }
    },
  }
}
