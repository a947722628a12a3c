/** What really ran, as it is printed and as it is written into the picture. */
import { basename } from 'node:path'
import type { Planned } from '#contract'
import type { Effective } from '#pipeline/generate.ts'
import type { PictureOrder } from './make-pictures.ts'

/** Everything that decides the pictures but for their seeds, the prompt and the checkpoint. */
export function effectiveParameters(
  planned: Planned,
  ran: Effective,
  { size, drawn, loras }: Pick<PictureOrder, 'size' | 'drawn' | 'loras'>,
) {
  return {
    denoiseStrength: planned.denoiseStrength,
    evaluations: planned.evaluations,
    networkRuns: ran.networkRuns,
    steps: planned.steps,
    guidanceScale: planned.guidanceScale,
    guidanceInterval: planned.guidanceInterval,
    scheduler: planned.scheduler,
    startingSigma: ran.startingSigma,
    promptTokens: ran.promptTokens,
    promptWindows: ran.promptWindows,
    promptTruncated: ran.promptTruncated,
    promptSyntax: planned.promptSyntax,
    /** null: no limit was asked for; promptWindows says how many there were. */
    windows: planned.windows ?? null,
    /** null also where no evaluation was guided, away from it or anything. */
    negativePrompt: ran.networkRuns > planned.evaluations ? planned.negativePrompt : null,
    loras: loras.map(({ path, strength }) => ({ name: basename(path, '.safetensors'), strength })),
    drawnSize: { width: drawn.width, height: drawn.height },
    size: { width: size.width, height: size.height },
    vae: ran.vae ?? null,
  }
}

export type EffectiveParameters = ReturnType<typeof effectiveParameters>

export interface PictureContext {
  readonly planned: Pick<Planned, 'mode' | 'prompt'>
  readonly checkpoint: string
  readonly seed: number
}

/** A picture's metadata: the names that the A1111 text knows, then ours. No path, no date: a second run is equal. */
export function pictureParameters(
  effective: EffectiveParameters,
  { planned, checkpoint, seed }: PictureContext,
): Readonly<Record<string, unknown>> {
  const { size, ...rest } = effective
  return {
    prompt: planned.prompt,
    seed,
    ...size,
    // The web UI says this of a changed picture only.
    ...(planned.mode !== 'txt2img' && { strength: effective.denoiseStrength }),
    model: modelName(checkpoint),
    mode: planned.mode,
    ...rest,
  }
}

/** A checkpoint in words that tell nothing of the machine it lies on. */
export const modelName = (checkpoint: string): string => basename(checkpoint, '.safetensors')
