/** What is known of the models that are asked for pictures: the names of their inputs, their ranges, their quirks. */
import type { SchedulerName } from '#contract'

/** What a model calls what we call so; absent where it takes no such thing. */
export interface Fields {
  readonly prompt: string
  readonly negativePrompt?: string | undefined
  readonly image?: string | undefined
  readonly strength?: string | undefined
  readonly steps?: string | undefined
  readonly guidance?: string | undefined
  readonly width?: string | undefined
  readonly height?: string | undefined
  readonly seed?: string | undefined
  readonly images?: string | undefined
  readonly scheduler?: string | undefined
}

/** `denoise`: 1 keeps nothing of the reference. `reference`: 1 keeps all of it. */
export const strengthDirections = ['denoise', 'reference'] as const
export type StrengthDirection = (typeof strengthDirections)[number]

export interface Range {
  readonly least: number
  readonly most: number
}

export interface ModelCard {
  /** Whether it denoises a reference by a share, or changes it as the prompt instructs. */
  readonly kind: 'denoising' | 'instructions'
  readonly fields: Fields
  readonly strength?: StrengthDirection | undefined
  readonly steps: Range
  readonly guidance: Range
  readonly images: Range
  readonly seeds: Range
  readonly schedulers: Readonly<Partial<Record<SchedulerName, readonly string[]>>>
  /** Whether a picture has its reference's size, whatever was asked for; then the reference is resized first. */
  readonly hasReferenceSize: boolean
  /** Sent as they are, where the model takes them. */
  readonly fixed: Readonly<Record<string, unknown>>
  /** Under which it is known when only a version is given. */
  readonly versions: readonly string[]
}

const UP_TO_31_BITS: Range = { least: 0, most: 2 ** 31 - 1 }

/** cog-sdxl's `predict.py`, from which most of SDXL on Replicate was copied. */
const cogSdxl: ModelCard = {
  kind: 'denoising',
  fields: {
    prompt: 'prompt',
    negativePrompt: 'negative_prompt',
    image: 'image',
    strength: 'prompt_strength',
    steps: 'num_inference_steps',
    guidance: 'guidance_scale',
    width: 'width',
    height: 'height',
    seed: 'seed',
    images: 'num_outputs',
    scheduler: 'scheduler',
  },
  strength: 'denoise',
  steps: { least: 1, most: 500 },
  guidance: { least: 1, most: 50 },
  images: { least: 1, most: 4 },
  seeds: UP_TO_31_BITS,
  schedulers: {
    euler: ['K_EULER'],
    euler_ancestral: ['K_EULER_ANCESTRAL'],
    dpmpp_2m: ['DPMSolverMultistep'],
    dpmpp_2m_karras: ['KarrasDPM'],
    ddim: ['DDIM'],
  },
  hasReferenceSize: true,
  // Of older versions the refiner is on unless told.
  fixed: { refine: 'no_refiner' },
  versions: [],
}

export const modelCards: Readonly<Record<string, ModelCard>> = {
  'stability-ai/sdxl': {
    ...cogSdxl,
    versions: [
      '39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b',
      '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
    ],
  },
  'lucataco/sdxl': {
    ...cogSdxl,
    versions: ['c86579ac5193bf45422f1c8b92742135aa859b1850a8e4c531bff222fc75273d'],
  },
  /** Stable Diffusion 1.5, from text alone: its predict.py has no input for a picture. */
  'lucataco/realistic-vision-v5.1': {
    ...cogSdxl,
    fields: {
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      steps: 'steps',
      guidance: 'guidance',
      width: 'width',
      height: 'height',
      seed: 'seed',
      scheduler: 'scheduler',
    },
    strength: undefined,
    steps: { least: 1, most: 100 },
    images: { least: 1, most: 1 },
    // 0 is its word for a random one.
    seeds: { least: 1, most: 2 ** 31 - 1 },
    schedulers: { euler_ancestral: ['EulerA'], dpmpp_2m: ['MultistepDPM-Solver'] },
    fixed: {},
    versions: ['2c8e954decbf70b7607a4414e5785ef9e4de4b8c51d50fb8b8b349160e0ef6bb'],
  },
  'bytedance/seedream-4.5': {
    ...cogSdxl,
    kind: 'instructions',
    fields: { prompt: 'prompt', image: 'image_input', width: 'width', height: 'height' },
    strength: undefined,
    images: { least: 1, most: 1 },
    schedulers: {},
    hasReferenceSize: false,
    fixed: { sequential_image_generation: 'disabled' },
  },
}

/** For models of which nothing is known but, mostly, that they were copied from cog-sdxl and renamed. */
export const unknownCard: ModelCard = {
  ...cogSdxl,
  strength: undefined,
  schedulers: {
    euler: ['K_EULER', 'Euler', 'euler', 'EulerDiscrete'],
    euler_ancestral: ['K_EULER_ANCESTRAL', 'Euler a', 'euler_ancestral', 'EulerA'],
    dpmpp_2m: ['DPMSolverMultistep', 'DPM++ 2M', 'dpmpp_2m', 'DPM++2M'],
    dpmpp_2m_karras: ['KarrasDPM', 'DPM++ 2M Karras', 'dpmpp_2m_karras', 'DPM++2MKarras'],
    ddim: ['DDIM', 'ddim'],
  },
}

/** What unknown models were seen to call their inputs, the usual name first. */
export const fieldNames: Readonly<Record<keyof Fields, readonly string[]>> = {
  prompt: ['prompt'],
  negativePrompt: ['negative_prompt'],
  image: ['image', 'input_image', 'init_image', 'image_url'],
  strength: ['prompt_strength', 'strength', 'denoise', 'denoising_strength', 'denoise_strength'],
  steps: ['num_inference_steps', 'steps'],
  guidance: ['guidance_scale', 'cfg_scale', 'guidance', 'cfg'],
  width: ['width'],
  height: ['height'],
  seed: ['seed'],
  images: ['num_outputs', 'num_images', 'batch_size'],
  scheduler: ['scheduler', 'sampler_name', 'sampler'],
}
