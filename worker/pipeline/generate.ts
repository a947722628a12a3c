/** A prompt, and where there is one a reference picture, to pictures: the algorithm, start to end. */
import { firstStep, type Planned, type RgbImage } from '#contract'
import { guide } from './guidance.ts'
import { areaOf, decodePicture, encodeReference, samplePosterior } from './latents.ts'
import type { DenoiserInputs, LatentArea, Networks } from './networks.ts'
import { preview } from './preview.ts'
import { encodePrompts } from './prompt/encode-prompts.ts'
import type { PromptEmbedding } from './prompt/text-encoder.ts'
import { createGenerator, type Generator } from './random.ts'
import { createScheduler, type Scheduler } from './schedulers/scheduler.ts'
import { guidanceEmbedding, sinusoid } from './sinusoid.ts'
import { conditioning } from './size-conditioning.ts'

export interface GenerationRequest extends Planned {
  /** Multiples of the VAE's downscale: 8. */
  readonly width: number
  readonly height: number
  /** Of that very size; without one the picture begins as noise. */
  readonly reference?: RgbImage
}

export type Stage = 'prompt' | 'encode' | 'denoise' | 'decode'

/** Told before each stage and after each evaluation. */
export interface Progress {
  readonly stage: Stage
  readonly image: number
  /** Evaluations done and to do, over all images. */
  readonly done: number
  readonly of: number
  /** While denoising: what the picture would be if this were all, one pixel a latent. */
  readonly preview?: RgbImage
}

export interface Generated {
  /** `latents` [4, height / 8, width / 8] as the VAE was given them, scaled. */
  readonly images: readonly { seed: number; image: RgbImage; latents?: Float32Array }[]
  readonly effective: Effective
  /** Milliseconds a stage took, over all images. */
  readonly timings: Readonly<Record<Stage, number>>
}

/** What really ran, beside what was planned. */
export interface Effective {
  /** Noise level at which the first evaluation began; 0 where none ran. */
  readonly startingSigma: number
  readonly promptTokens: number
  readonly promptWindows: number
  readonly promptTruncated: boolean
}

export interface Watch {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** Throws the signal's reason between two evaluations once it is aborted. */
export async function generate(
  networks: Networks,
  request: GenerationRequest,
  { signal, onProgress }: Watch = {},
): Promise<Generated> {
  const { reference, images, evaluations, seed } = request
  const seeds = Array.from({ length: images }, (_, i) => seed + i)
  if (evaluations === 0 && reference) return untouched(reference, seeds)

  const timings = { prompt: 0, encode: 0, denoise: 0, decode: 0 }
  let done = 0
  const inStage = async <T>(stage: Stage, image: number, work: () => Promise<T>): Promise<T> => {
    await interrupted(signal)
    onProgress?.({ stage, image, done, of: evaluations * images })
    const start = performance.now()
    try {
      return await work()
    } finally {
      timings[stage] += performance.now() - start
    }
  }

  const text = await inStage('prompt', 0, () =>
    encodePrompts(networks.textEncoders, {
      prompt: request.prompt,
      negativePrompt: request.negativePrompt,
      syntax: request.promptSyntax,
      zeroEmptyNegative: networks.zeroEmptyNegative,
      guided: isGuided(networks, request),
      ...(request.windows !== undefined && { windows: request.windows }),
      ...(signal && { signal }),
    }),
  )
  const moments =
    reference && (await inStage('encode', 0, () => encodeReference(networks, reference)))

  const area = areaOf(networks, request)
  const pictures = []
  for (const [image, ownSeed] of seeds.entries()) {
    // One generator an image, in diffusers' order: posterior sample, noise, step noise.
    const random = createGenerator(ownSeed)
    const clean = moments && samplePosterior(networks, moments, random)
    const latents = await inStage('denoise', image, () =>
      denoise(networks, request, {
        clean,
        random,
        area,
        text,
        afterStep: async (denoised) => {
          done++
          const seen = preview(denoised, area)
          onProgress?.({ stage: 'denoise', image, done, of: evaluations * images, preview: seen })
          await interrupted(signal)
        },
      }),
    )
    const picture = await inStage('decode', image, () => decodePicture(networks, latents, area))
    pictures.push({ seed: ownSeed, image: picture, latents })
  }

  const scheduler = createScheduler(request.scheduler, request.steps, networks.scheduler)
  const effective = {
    startingSigma: scheduler.sigmas[startOf(request)] ?? 0,
    promptTokens: text.tokens,
    promptWindows: text.windows,
    promptTruncated: text.truncated,
  }
  return { images: pictures, effective, timings }
}

interface Denoising {
  /** The reference's latents; undefined where the picture begins as noise. */
  readonly clean: Float32Array | undefined
  readonly random: Generator
  readonly area: LatentArea
  readonly text: {
    readonly prompt: PromptEmbedding
    readonly negative: PromptEmbedding | undefined
  }
  readonly afterStep: (denoised: Float32Array) => Promise<void>
}

async function denoise(
  networks: Networks,
  request: GenerationRequest,
  { clean, random, area, text, afterStep }: Denoising,
): Promise<Float32Array> {
  const scheduler = createScheduler(request.scheduler, request.steps, networks.scheduler)
  const first = clean ? startOf(request) : 0
  const predict = predictor(networks, request, text, area)
  let latents = firstLatents(scheduler, { clean, random, first, count: countOf(networks, area) })
  for (let step = first; step < scheduler.timesteps.length; step++) {
    const sample = scheduler.scaleInput(latents, step)
    const predicted = await predict(sample, scheduler.timesteps[step] ?? 0)
    const stepped = scheduler.step(latents, predicted, step, random)
    latents = stepped.latents
    await afterStep(stepped.denoised)
  }
  return latents
}

function firstLatents(
  scheduler: Scheduler,
  {
    clean,
    random,
    first,
    count,
  }: {
    clean: Float32Array | undefined
    random: Generator
    first: number
    count: number
  },
): Float32Array {
  const noise = random.normal(count)
  if (clean) return scheduler.addNoise(clean, noise, first)
  const scale = Math.fround(scheduler.initialNoiseScale)
  return noise.map((value) => value * scale)
}

/** One evaluation: the UNet on the prompt, and on the negative prompt where guidance is on. */
function predictor(
  networks: Networks,
  request: GenerationRequest,
  { prompt, negative }: Denoising['text'],
  area: LatentArea,
): (sample: Float32Array, timestep: number) => Promise<Float32Array> {
  const { unet } = networks
  const distilled = unet.guidanceEmbeddingWidth > 0 && {
    guidance: guidanceEmbedding(request.guidanceScale, unet.guidanceEmbeddingWidth),
  }
  const fixed = (embedding: PromptEmbedding, role: 'prompt' | 'negative') => ({
    prompt: embedding.hidden,
    conditioning: conditioning(embedding.pooled, { ...sizeOf(request), role }, unet),
    ...distilled,
  })
  const positive = fixed(prompt, 'prompt')
  const opposite = negative && fixed(negative, 'negative')
  return async (sample, timestep) => {
    const embedded = sinusoid(timestep, unet.channels[0] ?? 0)
    const run = (inputs: Omit<DenoiserInputs, 'sample' | 'timestep'>) =>
      networks.predictNoise({ sample, timestep: embedded, ...inputs }, area)
    if (!opposite) return run(positive)
    const away = await run(opposite)
    return guide(away, await run(positive), request.guidanceScale)
  }
}

/** At a scale of 1 guidance changes nothing, and a network distilled with one takes it as an input. */
const isGuided = ({ unet }: Networks, { guidanceScale }: GenerationRequest): boolean =>
  guidanceScale > 1 && unet.guidanceEmbeddingWidth === 0

const startOf = ({ steps, denoiseStrength, reference }: GenerationRequest): number =>
  reference ? firstStep(steps, denoiseStrength) : 0

const sizeOf = ({ width, height }: GenerationRequest) => ({ width, height })

const countOf = ({ vae }: Networks, { width, height }: LatentArea): number =>
  vae.latentChannels * width * height

/** Lets messages in, among them the one that aborts: a run of a network blocks the process. */
async function interrupted(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate)
  signal?.throwIfAborted()
}

/** No evaluation at all: the reference as it is. */
function untouched(image: RgbImage, seeds: readonly number[]): Generated {
  return {
    images: seeds.map((seed) => ({ seed, image })),
    effective: { startingSigma: 0, promptTokens: 0, promptWindows: 0, promptTruncated: false },
    timings: { prompt: 0, encode: 0, denoise: 0, decode: 0 },
  }
}
