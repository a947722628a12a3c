/**
 * Latents whose variance stays that of the data, `signal × clean + noise × normal` with signal² +
 * noise² = 1: the form that DPM-Solver++, DDIM and LCM work in.
 */
import { Failure } from '#contract'
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'

export interface Level {
  /** √alpha */
  readonly signal: number
  /** √(1 − alpha) */
  readonly noise: number
}

export function levelOfAlpha(alpha: number): Level {
  return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha) }
}

export function levelOfSigma(sigma: number): Level {
  const signal = 1 / Math.sqrt(sigma ** 2 + 1)
  return { signal, noise: sigma * signal }
}

/** signal × clean + noise × normal, elementwise. */
export function mix(clean: Float32Array, normal: Float32Array, level: Level): Float32Array {
  const { signal, noise } = level
  return clean.map((x, i) => signal * x + noise * normal[i]!)
}

/** Held within ±range where the checkpoint says so; `usual` where it says nothing. */
export function clipped(
  denoised: Float32Array,
  { clipSample, clipSampleRange }: SchedulerConfig,
  usual: boolean,
): Float32Array {
  if (!(clipSample ?? usual)) return denoised
  return denoised.map((x) => Math.min(clipSampleRange, Math.max(-clipSampleRange, x)))
}

export interface Prediction {
  readonly level: Level
  readonly type: SchedulerConfig['predictionType']
}

/** The clean latents that the UNet's output implies. */
export function denoise(
  latents: Float32Array,
  predicted: Float32Array,
  { level, type }: Prediction,
): Float32Array {
  const { signal, noise } = level
  if (type === 'v_prediction') return latents.map((x, i) => signal * x - noise * predicted[i]!)
  if (signal === 0) {
    throw new Failure(
      'request-invalid',
      'the first step has no signal and this checkpoint predicts noise: nothing can be denoised; ' +
        'ask for the scheduler euler or dpmpp_2m, or for a denoise strength under 1',
    )
  }
  return latents.map((x, i) => (x - noise * predicted[i]!) / signal)
}

/** The noise that the UNet's output implies. */
export function predictedNoise(
  latents: Float32Array,
  predicted: Float32Array,
  { level, type }: Prediction,
): Float32Array {
  if (type === 'epsilon') return predicted
  const { signal, noise } = level
  return latents.map((x, i) => signal * predicted[i]! + noise * x)
}
