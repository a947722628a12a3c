/** Runs the engine's process for one request, and ends it, whatever happens. */
import { Failure, type Planned, type RgbImage, type Size } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Generated } from '#pipeline/generate.ts'
import type { Progress } from '#pipeline/stages.ts'
import { Engine } from '#worker/engine/engine.ts'
import type { DeviceChoice, EngineInfo } from '#worker/engine/messages.ts'

export interface PictureOrder {
  readonly planned: Planned
  readonly size: Size
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
}

export interface MadePictures {
  readonly info: EngineInfo
  readonly generated: Generated
  /** Milliseconds from the start of the process until the checkpoint was open. */
  readonly load: number
}

/** Rejects with the engine's Failure; with `cancelled` soon after the signal. */
export async function makePictures(
  { planned, size, reference, checkpoint, loras, device, threads }: PictureOrder,
  { signal, onLoaded, onProgress }: PictureWatch,
): Promise<MadePictures> {
  const start = performance.now()
  await using engine = new Engine({ checkpoint, loras, device, threads })
  using _ = killedWithUs(engine)
  const info = await Promise.race([engine.load(), rejectedBy(signal)])
  const load = performance.now() - start
  onLoaded(info)
  const request = { ...planned, ...size, ...(reference && { reference }) }
  return { info, generated: await engine.run(request, { signal, onProgress }), load }
}

/** A process that is within a network hears nothing of our end, and would work on for nobody. */
function killedWithUs(engine: Engine): Disposable {
  const kill = () => {
    if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL')
  }
  process.once('exit', kill)
  return { [Symbol.dispose]: () => process.off('exit', kill) }
}

/** Loading takes no signal of its own. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const cancel = () => reject(new Failure('cancelled', 'The run was cancelled.'))
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
  })
}
