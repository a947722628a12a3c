/**
 * Strangers' pictures, decoded where they can do no harm: in a process that has a limit of time and
 * memory, and is replaced when a picture makes it crash or hang.
 */

import { Failure, type RgbImage } from '#contract'
import { KeptProcess } from '../../child/kept-process.ts'
import type { Ending } from '../../child/watched-process.ts'
import type { DecodeLimits } from '../decode.ts'
import type { Fit } from '../fit.ts'
import type { Answers, ImageSize, Task } from './messages.ts'

export interface DecoderOptions {
  /** Milliseconds for one picture, after the process has started. */
  readonly timeLimit?: number
  /** Bytes that the process may write to; without prlimit only JavaScript's heap is bounded. */
  readonly memoryLimit?: number
  /** Told of each process that can be given pictures: the first, and one for each that was lost. */
  readonly onStart?: (pid: number) => void
}

export interface DecodeOptions {
  readonly limits?: DecodeLimits
  /** The size to bring it to; its own where left out. */
  readonly fit?: Fit
  readonly signal?: AbortSignal
}

const DEFAULT_TIME_LIMIT = 25_000
/** However busy the machine is. */
const START_LIMIT = 30_000
/** A 25-megapixel picture of 16 bits a channel takes 300 MB, the process without one 160 MB. */
const DEFAULT_MEMORY_LIMIT = 1024 ** 3

/** Mebibytes of JavaScript's heap; pixels are outside of it. */
const HEAP = 128

/** One process, kept warm from the first picture on; pictures take turns. */
export class Decoder implements AsyncDisposable {
  readonly #process: KeptProcess<Task, Answers>

  constructor({
    timeLimit = DEFAULT_TIME_LIMIT,
    memoryLimit = DEFAULT_MEMORY_LIMIT,
    onStart,
  }: DecoderOptions = {}) {
    this.#process = new KeptProcess<Task, Answers>({
      process: {
        ...{ name: 'decoder', program: PROGRAM, stdout: 'ignore' },
        // Nothing of ours: what breaks into the process finds no key. Two arenas keep glibc's memory small.
        env: { VIPS_BLOCK_UNTRUSTED: '1', VIPS_CONCURRENCY: '1', MALLOC_ARENA_MAX: '2' },
        memory: { data: memoryLimit, heap: HEAP },
        deadlineOf: (stage) =>
          stage === 'start'
            ? { milliseconds: START_LIMIT, late: notStarted }
            : { milliseconds: timeLimit, late: () => tooSlow(timeLimit) },
        failureOf,
      },
      async begin(process) {
        await process.send({ kind: 'start' })
        if (process.pid !== undefined) onStart?.(process.pid)
      },
      cancelled,
      sendsAgain: true,
    })
  }

  /**
   * Upright sRGB pixels of a JPEG, PNG or WebP, brought to the size of `fit`. Throws
   * `image-unreadable` for what is none, is damaged, takes too long or crashes its decoder,
   * `image-too-large` for too many pixels or too much memory, and `cancelled`.
   */
  decode(bytes: Uint8Array, { limits = {}, fit, signal }: DecodeOptions = {}): Promise<RgbImage> {
    return this.#process.send({ kind: 'decode', bytes, limits, fit }, signal)
  }

  /** Width and height of a picture held upright, by its header alone. Throws as `decode` does. */
  measure(bytes: Uint8Array, signal?: AbortSignal): Promise<ImageSize> {
    return this.#process.send({ kind: 'measure', bytes }, signal)
  }

  /** Of the process that is there now. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }
}

const PROGRAM = new URL('./child.ts', import.meta.url)

function failureOf({ how, lastWords, stage, ranOutOfMemory }: Ending): Failure {
  const cause = new Error(`The decoder died (${how}).${lastWords && ` It said: ${lastWords}`}`)
  if (stage === 'start') return notStarted(cause)
  return ranOutOfMemory ? tooMuchMemory(cause) : crashed(cause)
}

const cancelled = (): Failure => new Failure('cancelled', 'Decoding the picture was cancelled.')

/** No fault of the picture, which another worker may decode. */
function notStarted(cause?: unknown): Failure {
  const message = 'The process that decodes pictures does not start. Free memory on this machine.'
  return new Failure('out-of-memory', message, { cause })
}

function tooSlow(milliseconds: number): Failure {
  const message = `The picture took more than ${milliseconds / 1000} s to decode. Save it again, or smaller.`
  return new Failure('image-unreadable', message)
}

function tooMuchMemory(cause: unknown): Failure {
  const message = 'The picture takes more memory to decode than it may. Scale it down.'
  return new Failure('image-too-large', message, { cause })
}

function crashed(cause: unknown): Failure {
  const message = 'The picture crashes its decoder. Save it again, as another format.'
  return new Failure('image-unreadable', message, { cause })
}
