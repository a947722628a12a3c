/** What a picture costs, by estimate: seconds on a CPU, bytes on a GPU. Both are for MODIFY at 1024 × 1024. */
import { availableParallelism } from 'node:os'

/**
 * Seconds on two cores of an AMD EPYC at 512 × 512 (bench/results/peer-cpu.json). A picture of twice the sides is
 * four times the work, and a tenth more for attention, which grows faster.
 */
const measured = { cores: 2, evaluation: 4.58, encode: 2.9, decode: 6.19, growth: 4.4 }

/** 25 steps at denoise strength 0.5 (contract/modes.ts), each evaluation with and without the prompt. */
const EVALUATIONS = 2 * 12

/** To two digits. */
export function secondsOnCpu(cores = availableParallelism()): number {
  const { evaluation, encode, decode, growth } = measured
  const seconds = (EVALUATIONS * evaluation + encode + decode) * growth * (measured.cores / cores)
  return Number(seconds.toPrecision(2))
}

/** Of SDXL (npm run census); the networks in float16, the VAE in float32 where it is not known to be safe in it. */
const parameters = { unet: 2_567_463_684, textEncoders: 123_060_480 + 694_659_840, vae: 83_653_863 }

/** Bytes: 5.1 GB for the UNet, 1.6 for the text encoders, 0.3 for the VAE. */
export const WEIGHT_BYTES = 2 * (parameters.unet + parameters.textEncoders) + 4 * parameters.vae

/** Bytes, the weights and by estimate 2.5 GB for CUDA itself and what the largest layers hold while they run. */
export const COMFORTABLE_BYTES = WEIGHT_BYTES + 2.5e9

/** 1e9 bytes, with one digit after the point. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
