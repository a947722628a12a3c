/** The denoising loop of one picture: from noise, or from a reference with noise on it, to clean latents. */
import { isGuidedStep, type Planned } from '#contract'
import { guide } from './guidance.ts'
import type { DenoiserInputs, LatentArea, Networks } from './networks.ts'
import type { PromptEmbedding } from './prompt/text-encoder.ts'
import type { Generator } from './random.ts'
import { createScheduler } from './schedulers/scheduler.ts'
import { guidanceEmbedding, sinusoid } from './sinusoid.ts'
import { conditioning } from './size-conditioning.ts'

export interface Conditioned {
  readonly prompt: PromptEmbedding
  /** Undefined where no step of the run is guided. */
  readonly negative: PromptEmbedding | undefined
}

export type GuidanceSettings = Pick<Planned, 'steps' | 'guidanceScale' | 'guidanceInterval'>

export interface Denoising {
  readonly settings: GuidanceSettings & Pick<Planned, 'scheduler'>
  readonly text: Conditioned
  /** Sides of the latents. */
  readonly area: LatentArea
  /** Sides of the picture in pixels. */
  readonly size: { readonly width: number; readonly height: number }
  /** Position in the schedule where it begins. */
  readonly firstStep: number
  /** The reference's latents; undefined where the picture begins as noise. */
  readonly clean: Float32Array | undefined
  readonly random: Generator
  /** After each evaluation, with the clean latents that it implies. */
  readonly afterStep: (denoised: Float32Array) => Promise<void>
}

/** Latents [4, height, width], scaled as the UNet knows them. Ends early where `afterStep` throws. */
export async function denoise(networks: Networks, run: Denoising): Promise<Float32Array> {
  const { settings, clean, random, firstStep, area } = run
  const scheduler = createScheduler(settings.scheduler, settings.steps, networks.scheduler)
  const predict = predictor(networks, run)

  const noise = random.normal(networks.vae.latentChannels * area.height * area.width)
  const scale = Math.fround(scheduler.initialNoiseScale)
  let latents = clean
    ? scheduler.addNoise(clean, noise, firstStep)
    : noise.map((value) => value * scale)

  for (const [step, timestep] of scheduler.timesteps.entries()) {
    if (step < firstStep) continue
    const predicted = await predict(scheduler.scaleInput(latents, step), { step, timestep })
    const stepped = scheduler.step(latents, predicted, step, random)
    latents = stepped.latents
    await run.afterStep(stepped.denoised)
  }
  return latents
}

/**
 * Whether the UNet runs on the negative prompt too at `step` of the full schedule. At a scale of 1 guidance
 * changes nothing, and a network distilled with one takes it as an input, at every step.
 */
export function isGuided(
  { unet }: Networks,
  { guidanceScale, guidanceInterval, steps }: GuidanceSettings,
  step: number,
): boolean {
  const canBe = guidanceScale > 1 && unet.guidanceEmbeddingWidth === 0
  return canBe && isGuidedStep(step, steps, guidanceInterval)
}

/** One evaluation: the UNet on the prompt, and on the negative prompt where the step is guided. */
function predictor(
  networks: Networks,
  { settings, text, area, size }: Denoising,
): (sample: Float32Array, at: { step: number; timestep: number }) => Promise<Float32Array> {
  const { unet } = networks
  const { guidanceScale } = settings
  const distilled = unet.guidanceEmbeddingWidth > 0 && {
    guidance: guidanceEmbedding(guidanceScale, unet.guidanceEmbeddingWidth),
  }
  const fixed = ({ hidden, pooled }: PromptEmbedding, role: 'prompt' | 'negative') => ({
    prompt: hidden,
    conditioning: conditioning(pooled, { ...size, role }, unet),
    ...distilled,
  })
  const positive = fixed(text.prompt, 'prompt')
  const negative = text.negative && fixed(text.negative, 'negative')

  return async (sample, { step, timestep }) => {
    const wave = sinusoid(timestep, unet.channels[0] ?? 0)
    const run = (inputs: Omit<DenoiserInputs, 'sample' | 'timestep'>) =>
      networks.predictNoise({ sample, timestep: wave, ...inputs }, area)
    if (!negative || !isGuided(networks, settings, step)) return run(positive)
    const away = await run(negative)
    return guide(away, await run(positive), guidanceScale)
  }
}
