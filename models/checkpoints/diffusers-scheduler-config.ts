/** Reads scheduler_config.json, whose missing fields mean the defaults of the diffusers class that it names. */
import { z } from 'zod'
import { Failure } from '#contract'
import { parseFields } from './json-file.ts'
import { type SchedulerConfig, sdxlSchedulerConfig } from './scheduler-config.ts'

/**
 * `json` as found at `path`; undefined, or a class that is not in the table, stands on SDXL base's own values.
 * Throws Failure('checkpoint-invalid') for malformed fields, and Failure('checkpoint-unsupported') for noise that no
 * scheduler of ours can follow.
 */
export function readSchedulerConfig(json: unknown, path: string): SchedulerConfig {
  if (json === undefined) return sdxlSchedulerConfig
  const fields = parseFields(schedulerFields, json, path)
  const name = fields._class_name ?? ''
  if (name.startsWith('EDM') || name.startsWith('Flow')) {
    throw unsupported(path, `the noise of ${name}`)
  }
  if (fields.trained_betas != null) throw unsupported(path, 'trained_betas of its own')
  const defaults = classDefaults.get(name) ?? sdxlSchedulerConfig
  const betaSchedule = fields.beta_schedule ?? defaults.betaSchedule
  if (betaSchedule !== 'linear' && betaSchedule !== 'scaled_linear') {
    throw unsupported(path, `beta_schedule "${betaSchedule}"`)
  }
  const predictionType = fields.prediction_type ?? defaults.predictionType
  if (predictionType !== 'epsilon' && predictionType !== 'v_prediction') {
    throw unsupported(path, `prediction_type "${predictionType}"`)
  }
  return {
    trainSteps: fields.num_train_timesteps ?? defaults.trainSteps,
    betaStart: fields.beta_start ?? defaults.betaStart,
    betaEnd: fields.beta_end ?? defaults.betaEnd,
    betaSchedule,
    predictionType,
    spacing: fields.timestep_spacing ?? defaults.spacing,
    stepsOffset: fields.steps_offset ?? defaults.stepsOffset,
    setAlphaToOne: fields.set_alpha_to_one ?? defaults.setAlphaToOne,
    rescaleBetasZeroSnr: fields.rescale_betas_zero_snr ?? defaults.rescaleBetasZeroSnr,
    clipSample: fields.clip_sample ?? defaults.clipSample,
    clipSampleRange: fields.clip_sample_range ?? defaults.clipSampleRange,
  }
}

const schedulerFields = z.object({
  _class_name: z.string().nullish(),
  num_train_timesteps: z.int().positive().nullish(),
  beta_start: z.number().positive().lt(1).nullish(),
  beta_end: z.number().positive().lt(1).nullish(),
  beta_schedule: z.string().nullish(),
  trained_betas: z.unknown().optional(),
  prediction_type: z.string().nullish(),
  timestep_spacing: z.enum(['leading', 'linspace', 'trailing']).nullish(),
  steps_offset: z.int().nonnegative().nullish(),
  set_alpha_to_one: z.boolean().nullish(),
  rescale_betas_zero_snr: z.boolean().nullish(),
  clip_sample: z.boolean().nullish(),
  clip_sample_range: z.number().positive().nullish(),
})

/** What most classes of diffusers default to. DDIM's set_alpha_to_one stands for the classes that have none. */
const usual: SchedulerConfig = {
  trainSteps: 1000,
  betaStart: 0.0001,
  betaEnd: 0.02,
  betaSchedule: 'linear',
  predictionType: 'epsilon',
  spacing: 'linspace',
  stepsOffset: 0,
  setAlphaToOne: true,
  rescaleBetasZeroSnr: false,
  clipSample: undefined,
  clipSampleRange: 1,
}
const latent = { betaStart: 0.00085, betaEnd: 0.012 }
const consistency = {
  ...usual,
  ...latent,
  betaSchedule: 'scaled_linear',
  spacing: 'leading',
} as const

/** The defaults of diffusers 0.42's constructors. */
const classDefaults = new Map<string, SchedulerConfig>([
  ['EulerDiscreteScheduler', usual],
  ['EulerAncestralDiscreteScheduler', usual],
  ['DPMSolverMultistepScheduler', usual],
  ['DPMSolverSinglestepScheduler', usual],
  ['UniPCMultistepScheduler', usual],
  ['DEISMultistepScheduler', usual],
  ['LMSDiscreteScheduler', usual],
  ['HeunDiscreteScheduler', { ...usual, ...latent }],
  ['KDPM2DiscreteScheduler', { ...usual, ...latent }],
  ['KDPM2AncestralDiscreteScheduler', { ...usual, ...latent }],
  ['DDIMScheduler', { ...usual, spacing: 'leading' }],
  ['DDPMScheduler', { ...usual, spacing: 'leading' }],
  ['PNDMScheduler', { ...usual, spacing: 'leading', setAlphaToOne: false }],
  ['LCMScheduler', consistency],
  ['TCDScheduler', consistency],
])

function unsupported(path: string, what: string): Failure {
  return new Failure(
    'checkpoint-unsupported',
    `${path}: a model trained on ${what} cannot be run: name an SDXL checkpoint of the usual noise.`,
  )
}
