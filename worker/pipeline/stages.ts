/** The stages of a run: announced before they begin, timed, and left between two of them when aborted. */
import type { RgbImage } from '#contract'

export type Stage = 'prompt' | 'encode' | 'denoise' | 'decode'

/** Milliseconds that each stage took, over all images. */
export type Timings = Readonly<Record<Stage, number>>

/** Told before each stage and after each evaluation. */
export interface Progress {
  readonly stage: Stage
  readonly image: number
  /** Evaluations done and to do, over all images. */
  readonly done: number
  readonly of: number
  /** After an evaluation: what the picture would be if this were all, one pixel a latent. */
  readonly preview?: RgbImage
}

export interface Watch {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

export interface Stopwatch {
  readonly timings: Timings
  inStage<T>(stage: Stage, image: number, work: () => Promise<T>): Promise<T>
  afterStep(image: number, preview: RgbImage): Promise<void>
}

/** `of`: evaluations in the whole run. */
export function stopwatch({ signal, onProgress }: Watch, of: number): Stopwatch {
  const timings = { prompt: 0, encode: 0, denoise: 0, decode: 0 }
  let done = 0
  return {
    timings,
    async inStage(stage, image, work) {
      await interrupted(signal)
      onProgress?.({ stage, image, done, of })
      const start = performance.now()
      try {
        return await work()
      } finally {
        timings[stage] += performance.now() - start
      }
    },
    async afterStep(image, preview) {
      done++
      onProgress?.({ stage: 'denoise', image, done, of, preview })
      await interrupted(signal)
    },
  }
}

/** Lets messages in, among them the one that aborts: a run of a network blocks the process. */
async function interrupted(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate)
  signal?.throwIfAborted()
}
