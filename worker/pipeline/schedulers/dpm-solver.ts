/**
 * DPM-Solver++ 2M, midpoint, with the checkpoint's spacing or Karras sigmas
 * (https://arxiv.org/abs/2211.01095).
 */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import { createNoiseSchedule, roundHalfEven, sigmaAt, spaceTimesteps } from '../noise-schedule.ts'
import type { Scheduler, Stepped } from './scheduler.ts'
import { denoise, levelOfSigma, mix } from './variance-preserving.ts'

/** Karras et al.'s rho. */
const RHO = 7

export function createDpmSolver(steps: number, config: SchedulerConfig): Scheduler {
  const schedule = createNoiseSchedule(config)
  const timesteps = spaceWithoutLast(steps, config)
  const sigmas = timesteps.map((timestep) => sigmaAt(timestep, schedule.sigmas))
  return createMultistep(timesteps, sigmas, config)
}

/** The spacing counts for nothing here: the sigmas go from the noisiest trained to the cleanest. */
export function createKarrasDpmSolver(steps: number, config: SchedulerConfig): Scheduler {
  const { sigmas: table } = createNoiseSchedule(config)
  const high = table[table.length - 1]! ** (1 / RHO)
  const low = table[0]! ** (1 / RHO)
  const sigmas = Array.from({ length: steps }, (_, i) => {
    const ramp = steps === 1 ? 0 : i / (steps - 1)
    return (high + ramp * (low - high)) ** RHO
  })
  const logSigmas = table.map(Math.log)
  const timesteps = sigmas.map((sigma) => roundHalfEven(timestepOf(sigma, logSigmas)))
  return createMultistep(timesteps, sigmas.map(Math.fround), config)
}

/**
 * Where the others place n timesteps, this solver places n + 1 and leaves out the cleanest; not so
 * when trailing.
 */
function spaceWithoutLast(steps: number, config: SchedulerConfig): number[] {
  if (config.spacing === 'trailing') return spaceTimesteps(steps, config)
  return spaceTimesteps(steps + 1, config)
    .slice(0, -1)
    .map(roundHalfEven)
}

/** Fractional, linear in ln sigma between its neighbours. `logSigmas` rises. */
function timestepOf(sigma: number, logSigmas: Float32Array): number {
  const logSigma = Math.log(sigma)
  const above = logSigmas.findIndex((log) => log > logSigma)
  const last = logSigmas.length - 2
  const low = above < 0 ? last : Math.min(Math.max(above - 1, 0), last)
  const weight = (logSigmas[low]! - logSigma) / (logSigmas[low]! - logSigmas[low + 1]!)
  return low + Math.min(Math.max(weight, 0), 1)
}

function createMultistep(
  timesteps: readonly number[],
  sigmas: readonly number[],
  config: SchedulerConfig,
): Scheduler {
  let history: { readonly step: number; readonly denoised: Float32Array } | undefined

  return {
    timesteps,
    sigmas,
    initialNoiseScale: 1,
    addNoise: (latents, noise, step) => mix(latents, noise, levelOfSigma(sigmas[step]!)),
    scaleInput: (latents) => latents,
    step(latents, predicted, step): Stepped {
      const sigma = sigmas[step]!
      const next = sigmas[step + 1] ?? 0
      const from = levelOfSigma(sigma)
      const to = levelOfSigma(next)
      const denoised = denoise(latents, predicted, { level: from, type: config.predictionType })
      const previous = history?.step === step - 1 ? history.denoised : undefined
      history = { step, denoised }

      // With lambda = ln(signal / noise) = −ln sigma and h its growth, e^−h is next / sigma: 0 on
      // the last step.
      const h = Math.log(sigma / next)
      const keep = to.noise / from.noise
      const gain = -to.signal * Math.expm1(-h)
      if (previous === undefined || next === 0) {
        return { latents: latents.map((x, i) => keep * x + gain * denoised[i]!), denoised }
      }
      // The slope of the denoised latents in lambda, from the step before: 0.5 (D0 − D−1) / r, r =
      // h−1 / h.
      const slope = (0.5 * h) / Math.log(sigmas[step - 1]! / sigma)
      const moved = latents.map((x, i) => {
        const clean = denoised[i]!
        return keep * x + gain * (clean + slope * (clean - previous[i]!))
      })
      return { latents: moved, denoised }
    },
  }
}
