/** What the worker has to draw with, as far as planning a job must know it. */
import {
  type Distillation,
  Failure,
  type Job,
  type JobLora,
  type LesserPictures,
  type Planned,
  plan,
  readServedSizes,
  type Size,
  turboPresets,
} from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import type { AskedLora } from '#models/lora/open-loras.ts'
import { downscale } from '#models/networks/vae.ts'
import { type LoraCatalogue, readCatalogue } from '#worker/loras/catalogue.ts'
import { requireFit } from '#worker/loras/require-fit.ts'
import { seedOf } from './job/seed-of.ts'

export interface Model {
  /** Path of the checkpoint. */
  readonly checkpoint: string
  /** Pixels a side that the network was trained at. */
  readonly nativeSize: number
  /** Undefined: every size is drawn as it was asked for. */
  readonly served: readonly Size[] | undefined
  readonly distillation: Distillation | undefined
  readonly catalogue: LoraCatalogue | undefined
  /** Of a checkpoint that is known not to give real ones. */
  readonly pictures?: LesserPictures | undefined
}

export interface ModelPaths {
  readonly checkpoint: string
  /** As `readServedSizes` reads it. */
  readonly servedSizes?: string | undefined
  readonly distillation?: Distillation | undefined
  /** Absolute. */
  readonly loraCatalogue?: string | undefined
}

/** Reads headers alone. Throws the Failure of the first file that will not do. */
export async function readModel(paths: ModelPaths): Promise<Model> {
  const { checkpoint: path, distillation, loraCatalogue } = paths
  const checkpoint = await openCheckpoint(path)
  const nativeSize = checkpoint.unet.config.sampleSize * downscale(checkpoint.vae.config)
  const catalogue = loraCatalogue === undefined ? undefined : await readCatalogue(loraCatalogue)
  if (catalogue) await requireFit(catalogue, checkpoint)
  const served = readServedSizes(paths.servedSizes, nativeSize)
  return { checkpoint: path, nativeSize, served, distillation, catalogue }
}

/**
 * What will run of a job. Throws `request-invalid` for a LoRA that is not in the catalogue, and for turbo where
 * there is none.
 */
export function planJob(
  { id, mode, asked, loras }: Job,
  { catalogue, distillation }: Model,
): { readonly planned: Planned; readonly loras: readonly AskedLora[] } {
  const chosen = resolveLoras(loras, catalogue)
  const quality = asked.quality ?? (distillation && 'turbo')
  const wantsTurbo = quality === 'turbo' && !distillation
  const offer = wantsTurbo ? catalogue?.turbo(chosen) : undefined
  const turbo = distillation ? turboPresets[distillation] : offer?.preset
  return {
    planned: plan(mode, { ...asked, quality }, seedOf(id), { turbo }),
    loras: offer?.loras ?? chosen,
  }
}

function resolveLoras(
  loras: readonly JobLora[],
  catalogue: LoraCatalogue | undefined,
): readonly AskedLora[] {
  if (catalogue) return catalogue.resolve(loras)
  const [first] = loras
  if (!first) return []
  const message = `There is no LoRA ${first.id}: this worker has no catalogue. Leave loras out.`
  throw new Failure('request-invalid', message)
}
