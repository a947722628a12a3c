/**
 * Strangers' pictures, decoded where they can do no harm: in a process that has a limit of time and
 * memory, and is replaced when a picture makes it crash or hang.
 */

import { Failure, type RgbImage } from '#contract'
import type { DecodeLimits } from '../decode.ts'
import type { Fit } from '../fit.ts'
import { DecoderDeath, DecoderProcess } from './decoder-process.ts'
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

/** One process, kept warm from the first picture on; pictures take turns. */
export class Decoder implements AsyncDisposable {
  readonly #timeLimit: number
  readonly #memoryLimit: number
  readonly #onStart: ((pid: number) => void) | undefined
  #process: DecoderProcess | undefined
  #isClosed = false
  /** Resolves, never rejects, once the picture before is done with. */
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor({
    timeLimit = DEFAULT_TIME_LIMIT,
    memoryLimit = DEFAULT_MEMORY_LIMIT,
    onStart,
  }: DecoderOptions = {}) {
    this.#onStart = onStart
    this.#timeLimit = timeLimit
    this.#memoryLimit = memoryLimit
  }

  /**
   * Upright sRGB pixels of a JPEG, PNG or WebP, brought to the size of `fit`. Throws
   * `image-unreadable` for what is none, is damaged, takes too long or crashes its decoder,
   * `image-too-large` for too many pixels or too much memory, and `cancelled`.
   */
  decode(bytes: Uint8Array, { limits = {}, fit, signal }: DecodeOptions = {}): Promise<RgbImage> {
    return this.#inTurn({ kind: 'decode', bytes, limits, fit }, signal)
  }

  /** Width and height of a picture held upright, by its header alone. Throws as `decode` does. */
  measure(bytes: Uint8Array, signal?: AbortSignal): Promise<ImageSize> {
    return this.#inTurn({ kind: 'measure', bytes }, signal)
  }

  /** Of the process that is there now. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#process?.kill()
    await this.#lastTurn
  }

  #inTurn<T extends Task>(task: T, signal?: AbortSignal): Promise<Answers[T['kind']]> {
    const turn = this.#lastTurn.then(() => this.#withOneMoreTry(task, signal))
    this.#lastTurn = turn.catch(() => {})
    return turn
  }

  async #withOneMoreTry<T extends Task>(
    task: T,
    signal?: AbortSignal,
  ): Promise<Answers[T['kind']]> {
    try {
      return await this.#attempt(task, signal)
    } catch (error) {
      if (!(error instanceof DecoderDeath)) throw error
    }
    // A warm process may have died of something else; a fresh one dies of this picture or not at all.
    try {
      return await this.#attempt(task, signal)
    } catch (error) {
      if (!(error instanceof DecoderDeath)) throw error
      if (!error.wasReady) throw notStarted(error)
      throw error.ranOutOfMemory ? tooMuchMemory(error) : crashed(error)
    }
  }

  async #attempt<T extends Task>(task: T, signal?: AbortSignal): Promise<Answers[T['kind']]> {
    if (this.#isClosed || signal?.aborted) throw cancelled()
    const process = this.#living()
    let verdict: Failure | undefined
    const end = (failure: Failure) => {
      verdict = failure
      process.kill()
    }
    const cancel = () => end(cancelled())
    let timer = setTimeout(() => end(notStarted()), START_LIMIT)
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      await process.ready
      clearTimeout(timer)
      timer = setTimeout(() => end(tooSlow(this.#timeLimit)), this.#timeLimit)
      return await process.send(task)
    } catch (error) {
      throw verdict ?? (this.#isClosed ? cancelled() : error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
    }
  }

  #living(): DecoderProcess {
    if (this.#process?.isAlive) return this.#process
    const process = new DecoderProcess(this.#memoryLimit)
    void process.ready.then(() => {
      if (process.isAlive && process.pid !== undefined) this.#onStart?.(process.pid)
    })
    this.#process = process
    return process
  }
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
