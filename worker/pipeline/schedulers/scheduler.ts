/**
 * How one step moves the latents: the interface that the denoising loop knows, and the schedulers
 * by name.
 */
import { Failure, type SchedulerName } from '#contract'
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import type { Generator } from '../random.ts'
import { createDdim } from './ddim.ts'
import { createDpmSolver, createKarrasDpmSolver } from './dpm-solver.ts'
import { createEuler, createEulerAncestral } from './euler.ts'
import { createLcm, createTrailingLcm } from './lcm.ts'
import { createTcd } from './tcd.ts'

/**
 * The schedule of one image, which may keep a history: make a new one for each image. `step` is
 * always a position in `timesteps`; a run at partial strength starts at a later one and goes on
 * from there, one by one.
 */
export interface Scheduler {
  /**
   * One per step of the full schedule, falling; may be fractional, and may repeat
   * (`dpmpp_2m_karras`).
   */
  readonly timesteps: readonly number[]
  /** √((1 − alpha) / alpha) at each step: reported as the starting sigma. */
  readonly sigmas: readonly number[]
  /** What unit noise is multiplied by where there is no reference (txt2img). */
  readonly initialNoiseScale: number
  /** Clean latents brought to the noise level of `step`. */
  addNoise(latents: Float32Array, noise: Float32Array, step: number): Float32Array
  /** The latents as the UNet is to see them; may be `latents` itself. */
  scaleInput(latents: Float32Array, step: number): Float32Array
  /**
   * `predicted` is the UNet's output after guidance, noise or velocity as the checkpoint predicts.
   * What it returns is new but may be one array twice, and `denoised` is kept as history: read it,
   * do not write into it.
   */
  step(latents: Float32Array, predicted: Float32Array, step: number, random: Generator): Stepped
}

export interface Stepped {
  /** The next latents; after the last step, the clean ones. */
  readonly latents: Float32Array
  /** The clean latents that this step's prediction implies (for previews). */
  readonly denoised: Float32Array
}

const schedulers = {
  euler: createEuler,
  euler_ancestral: createEulerAncestral,
  dpmpp_2m: createDpmSolver,
  dpmpp_2m_karras: createKarrasDpmSolver,
  ddim: createDdim,
  lcm: createLcm,
  euler_trailing: (steps, config) => createEuler(steps, { ...config, spacing: 'trailing' }),
  ddim_trailing: (steps, config) => createDdim(steps, { ...config, spacing: 'trailing' }),
  lcm_trailing: createTrailingLcm,
  tcd: createTcd,
} as const satisfies Record<SchedulerName, (steps: number, config: SchedulerConfig) => Scheduler>

/**
 * The scheduler as diffusers' `from_config(pipe.scheduler.config)` and `set_timesteps(steps)` make
 * it.
 *
 * Throws `request-invalid` where `steps` is not a whole number from 1 to the trained steps, or over
 * 50 for LCM and TCD.
 */
export function createScheduler(
  name: SchedulerName,
  steps: number,
  config: SchedulerConfig,
): Scheduler {
  if (!Number.isInteger(steps) || steps < 1 || steps > config.trainSteps) {
    throw new Failure(
      'request-invalid',
      `steps is ${steps}; give a whole number from 1 to ${config.trainSteps}`,
    )
  }
  return schedulers[name](steps, config)
}
