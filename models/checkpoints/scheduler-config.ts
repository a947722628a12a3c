/** What a checkpoint says of the noise it was trained on (diffusers' scheduler_config.json). */
export interface SchedulerConfig {
  readonly trainSteps: number
  readonly betaStart: number
  readonly betaEnd: number
  readonly betaSchedule: 'linear' | 'scaled_linear'
  readonly predictionType: 'epsilon' | 'v_prediction'
  readonly spacing: 'leading' | 'linspace' | 'trailing'
  readonly stepsOffset: number
  /** DDIM's last alpha is 1 rather than the first of the table. */
  readonly setAlphaToOne: boolean
  readonly rescaleBetasZeroSnr: boolean
  /**
   * Whether DDIM and LCM hold the clean latents within ±clipSampleRange; undefined where the checkpoint
   * does not say: DDIM does then, LCM does not, as in diffusers.
   */
  readonly clipSample: boolean | undefined
  readonly clipSampleRange: number
}

/** SDXL base's own, and that of every single file. */
export const sdxlSchedulerConfig: SchedulerConfig = {
  trainSteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
  predictionType: 'epsilon',
  spacing: 'leading',
  stepsOffset: 1,
  setAlphaToOne: false,
  rescaleBetasZeroSnr: false,
  clipSample: false,
  clipSampleRange: 1,
}
