/** Opens an SDXL checkpoint, of either layout, as four networks whose weights go by one set of names. */
import { stat } from 'node:fs/promises'
import { Failure } from '#contract'
import type { ClipTextConfig } from '#models/networks/clip-text.ts'
import type { UNetConfig } from '#models/networks/unet.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import { openDiffusersFolder } from './diffusers-folder.ts'
import type { Part } from './part.ts'
import type { SchedulerConfig } from './scheduler-config.ts'
import { openSingleFile } from './single-file.ts'

export interface Checkpoint {
  readonly path: string
  readonly layout: 'single-file' | 'diffusers'
  readonly unet: Part<UNetConfig>
  readonly vae: Part<VaeConfig>
  /** The file beside a single file that has its VAE, where there is one. */
  readonly vaeFile?: string
  readonly textEncoder: Part<ClipTextConfig>
  readonly textEncoder2: Part<ClipTextConfig>
  readonly scheduler: SchedulerConfig
  /** An absent negative prompt means zeros in place of its embedding (`force_zeros_for_empty_prompt`). */
  readonly zeroEmptyNegative: boolean
  /** The UNet takes an aesthetic score in place of the target size: five numbers of conditioning, not six. */
  readonly aestheticsScore: boolean
  /** The folders of a diffusers checkpoint's own tokenizers, where it has them. */
  readonly tokenizers?: { readonly first?: string; readonly second?: string }
  /** Names in the files that no weight was taken from so far, but for those that are known to be of no use. */
  unused(): readonly string[]
}

/**
 * Opens the .safetensors file or the diffusers folder at `path`. Reads headers and configs, never the weights.
 * Throws Failure('checkpoint-invalid') for what is missing or damaged, Failure('checkpoint-unsupported') for another
 * model, each naming the file and the mend.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const checkpoint = (await isFolder(path))
    ? await openDiffusersFolder(path)
    : await openSingleFile(path)
  requireParts(checkpoint)
  return checkpoint
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new Failure(
      'checkpoint-invalid',
      `No such file: ${path}. Point --checkpoint or SDXL_CHECKPOINT at a .safetensors file or a diffusers folder.`,
      { cause },
    )
  }
}

/** Tokens that CLIP reads at once, the two that begin and end the text among them. */
const PROMPT_WINDOW = 77

/** Refuses networks that cannot be plugged into each other, as a folder put together by hand may have. */
function requireParts({ path, unet, vae, textEncoder, textEncoder2, ...flags }: Checkpoint): void {
  const { contextWidth, conditioningWidth, timeIdWidth, inChannels, outChannels } = unet.config
  const { width: width1, context: context1 } = textEncoder.config
  const { width: width2, context: context2, projection } = textEncoder2.config
  const latents = vae.config.latentChannels
  const timeIds = flags.aestheticsScore ? 5 : 6
  const demands: readonly (readonly [boolean, string])[] = [
    [
      contextWidth === width1 + width2,
      `the UNet takes prompts ${contextWidth} wide, the text encoders give ${width1} + ${width2}`,
    ],
    [
      conditioningWidth === projection + timeIds * timeIdWidth,
      `the UNet is conditioned on ${conditioningWidth} numbers, there are ${projection} pooled and ${timeIds} × ${timeIdWidth} of size`,
    ],
    [
      context1 === PROMPT_WINDOW && context2 === PROMPT_WINDOW,
      `the text encoders read ${context1} and ${context2} tokens at once, and prompts come in windows of ${PROMPT_WINDOW} (248 is a Long-CLIP)`,
    ],
    [
      inChannels === latents && outChannels === latents,
      `the UNet takes ${inChannels} channels and gives ${outChannels}, the VAE's latents have ${latents} (9 is an inpainting model)`,
    ],
  ]
  const broken = demands.find(([holds]) => !holds)
  if (broken) {
    throw new Failure(
      'checkpoint-unsupported',
      `${path}: its parts do not belong together (${broken[1]}): name an SDXL base checkpoint.`,
    )
  }
}
