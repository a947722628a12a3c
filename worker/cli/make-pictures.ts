/** Runs the engine's process for one request, and ends it, whatever happens. */
import type { Failure, Planned, RgbImage, Size } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Generated } from '#pipeline/generate.ts'
import type { Progress } from '#pipeline/stages.ts'
import { Engine } from '#worker/engine/engine.ts'
import type { DeviceChoice, EngineInfo } from '#worker/engine/messages.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import { killedWithUs } from './killed-with-us.ts'

export interface PictureOrder {
  readonly planned: Planned
  /** Of the pictures as they are written. */
  readonly size: Size
  /** What the networks draw at. */
  readonly drawn: Size
  /** Of that size; undefined for a picture from nothing. */
  readonly reference: RgbImage | undefined
  readonly checkpoint: string
  readonly loras: readonly AskedLora[]
  readonly device: DeviceChoice
  readonly threads: number
}

export interface PictureWatch {
  readonly signal: AbortSignal
  readonly onLoaded: (info: EngineInfo) => void
  readonly onProgress: (progress: Progress) => void
  /** Told that memory ran out, before everything is run once more with less of it. */
  readonly onRetry: (failure: Failure) => void
}

export interface MadePictures {
  readonly info: EngineInfo
  readonly generated: Generated
  /** Milliseconds from the start of the process until the checkpoint was open. */
  readonly load: number
}

/** Rejects with the engine's Failure; with `cancelled` soon after the signal. */
export async function makePictures(
  { planned, drawn, reference, checkpoint, loras, device, threads }: PictureOrder,
  { signal, onLoaded, onProgress, onRetry }: PictureWatch,
): Promise<MadePictures> {
  const start = performance.now()
  await using engine = new Engine({ checkpoint, loras, device, threads })
  using _ = killedWithUs(engine)
  const info = await unlessAborted(engine.load(), signal)
  const load = performance.now() - start
  onLoaded(info)
  const request = { ...planned, ...drawn, ...(reference && { reference }) }
  return { info, generated: await engine.run(request, { signal, onProgress, onRetry }), load }
}
