/** A prompt, and where there is one a reference picture, to pictures: the algorithm, start to end. */
import { firstStep, imageSeed, type Planned, type RgbImage } from '#contract'
import { denoise, isGuided } from './denoise.ts'
import { areaOf, decodePicture, encodeReference, samplePosterior } from './latents.ts'
import type { Networks, VaeUse } from './networks.ts'
import { preview } from './preview.ts'
import { encodePrompts } from './prompt/encode-prompts.ts'
import { createGenerator } from './random.ts'
import { createScheduler } from './schedulers/scheduler.ts'
import { stopwatch, type Timings, type Watch } from './stages.ts'

export interface GenerationRequest extends Planned {
  /** Multiples of the VAE's downscale: 8. */
  readonly width: number
  readonly height: number
  /** Of that very size; without one the picture begins as noise. */
  readonly reference?: RgbImage
}

export interface Generated {
  readonly images: readonly GeneratedImage[]
  readonly effective: Effective
  readonly timings: Timings
}

export interface GeneratedImage {
  readonly seed: number
  readonly image: RgbImage
  /** [4, height / 8, width / 8] as the UNet left them; absent where none ran. */
  readonly latents?: Float32Array
}

/** What really ran, beside what was planned. */
export interface Effective {
  /** Noise level at which the first evaluation began; 0 where none ran. */
  readonly startingSigma: number
  /** Runs of the UNet, an image: as many as evaluations, and one more for each that was guided. */
  readonly networkRuns: number
  readonly promptTokens: number
  readonly promptWindows: number
  readonly promptTruncated: boolean
  /** How the VAE came by the pictures; absent where none ran, or networks do not say. */
  readonly vae?: VaeUse
}

/** Throws the signal's reason between two evaluations once it is aborted. */
export async function generate(
  networks: Networks,
  request: GenerationRequest,
  watch: Watch = {},
): Promise<Generated> {
  const { reference, images, evaluations, seed } = request
  const seeds = Array.from({ length: images }, (_, i) => imageSeed(seed, i))
  if (evaluations === 0 && reference) return untouched(reference, seeds)

  const first = reference ? firstStep(request.steps, request.denoiseStrength) : 0
  const steps = Array.from({ length: request.steps - first }, (_, i) => first + i)
  const guided = steps.filter((step) => isGuided(networks, request, step)).length

  const { inStage, afterStep, timings } = stopwatch(watch, evaluations * images)
  const text = await inStage('prompt', 0, () =>
    encodePrompts(networks.textEncoders, {
      ...request,
      syntax: request.promptSyntax,
      zeroEmptyNegative: networks.zeroEmptyNegative,
      guided: guided > 0,
      signal: watch.signal,
    }),
  )
  const moments =
    reference && (await inStage('encode', 0, () => encodeReference(networks, reference)))

  const area = areaOf(networks, request)
  const pictures: GeneratedImage[] = []
  for (const [index, ownSeed] of seeds.entries()) {
    // One generator an image, in diffusers' order: posterior sample, noise, step noise.
    const random = createGenerator(ownSeed)
    const clean = moments && samplePosterior(networks, moments, random)
    const latents = await inStage('denoise', index, () =>
      denoise(networks, {
        settings: request,
        size: request,
        text,
        area,
        firstStep: first,
        clean,
        random,
        afterStep: (denoised) => afterStep(index, preview(denoised, area)),
      }),
    )
    const image = await inStage('decode', index, () => decodePicture(networks, latents, area))
    pictures.push({ seed: ownSeed, image, latents })
  }

  const { sigmas } = createScheduler(request.scheduler, request.steps, networks.scheduler)
  const effective = {
    startingSigma: sigmas[first] ?? 0,
    networkRuns: steps.length + guided,
    promptTokens: text.tokens,
    promptWindows: text.windows,
    promptTruncated: text.truncated,
    ...(networks.vaeUse && { vae: networks.vaeUse(area) }),
  }
  return { images: pictures, effective, timings }
}

/** No evaluation at all: the reference as it is. */
function untouched(image: RgbImage, seeds: readonly number[]): Generated {
  const effective = {
    startingSigma: 0,
    networkRuns: 0,
    promptTokens: 0,
    promptWindows: 0,
    promptTruncated: false,
  }
  return {
    images: seeds.map((seed) => ({ seed, image })),
    effective,
    timings: { prompt: 0, encode: 0, denoise: 0, decode: 0 },
  }
}
