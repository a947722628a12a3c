/** The networks as the pipeline calls them; what runs them, and where, is not its business. */
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'
import type { Precision } from '#models/graph/graph.ts'
import type { UNetConfig } from '#models/networks/unet.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import type { TextEncoder } from './prompt/text-encoder.ts'

/** Sides in latents. */
export interface LatentArea {
  readonly height: number
  readonly width: number
}

/** One run of the UNet. */
export interface DenoiserInputs {
  /** [4, height, width], scaled as the scheduler wants them. */
  readonly sample: Float32Array
  /** Sinusoidal embedding of the timestep, [320]. */
  readonly timestep: Float32Array
  /** [tokens, 2048] */
  readonly prompt: Float32Array
  /** Pooled prompt, then embedded sizes and crop, [2816]. */
  readonly conditioning: Float32Array
  /** Sinusoidal embedding of the guidance scale, for networks distilled with one. */
  readonly guidance?: Float32Array
}

/** The two halves of the VAE. */
export interface Autoencoder {
  /** image [3, 8·height, 8·width] in [-1, 1] to mean and log variance, [8, height, width]. */
  encodeImage(image: Float32Array, area: LatentArea): Promise<Float32Array>
  /** latents [4, height, width], unscaled, to an image [3, 8·height, 8·width] in about [-1, 1]. */
  decodeLatents(latents: Float32Array, area: LatentArea): Promise<Float32Array>
}

/** How a VAE serves pictures of some size. */
export interface VaeUse {
  readonly precision: Precision
  /** In overlapping tiles, for want of memory. */
  readonly tiled: boolean
  /** Why it is so, in a sentence, where that was found out and not given. */
  readonly note?: string
}

export interface Networks extends Autoencoder {
  readonly unet: UNetConfig
  readonly vae: VaeConfig
  readonly scheduler: SchedulerConfig
  /** An absent negative prompt is all zeros, rather than the encoding of the empty text. */
  readonly zeroEmptyNegative: boolean
  readonly textEncoders: readonly [TextEncoder, TextEncoder]
  /** The noise (or velocity) in `sample`, shaped as it is. */
  predictNoise(inputs: DenoiserInputs, area: LatentArea): Promise<Float32Array>
  /** As things stand after what ran so far; absent where networks do not say. */
  vaeUse?(area: LatentArea): VaeUse
}
