/**
 * What pictures show, as far as the operator's networks can tell: found out in a process that has a limit of time, and is
 * replaced when it crashes or hangs. Whoever asks refuses where there is no answer, so nothing here is tried twice.
 */
import { Failure, messageOf, type RgbImage } from '#contract'
import { ClassifierProcess } from './classifier-process.ts'
import type { Scores } from './messages.ts'
import type { ClassifierSettings } from './settings.ts'

export interface ImageClassifierOptions {
  readonly settings: ClassifierSettings
  /** Milliseconds for a process to open its networks: from a slow disk, on a busy machine. */
  readonly startMs?: number
  /** Told of each process as it starts. */
  readonly onStart?: (pid: number) => void
}

const START_MS = 60_000

/** One process, kept warm from the first picture on; pictures take turns. */
export class ImageClassifier implements AsyncDisposable {
  readonly settings: ClassifierSettings
  readonly #startMs: number
  readonly #onStart: ((pid: number) => void) | undefined
  #process: ClassifierProcess | undefined
  #isClosed = false
  /** Resolves, never rejects, once the picture before is done with. */
  #lastTurn: Promise<unknown> = Promise.resolve()

  constructor({ settings, startMs = START_MS, onStart }: ImageClassifierOptions) {
    this.settings = settings
    this.#startMs = startMs
    this.#onStart = onStart
  }

  /**
   * Scores by network and label. Throws `policy-check-failed` where its process crashes, hangs, does not start, or answers
   * what is no score; `cancelled` once the signal is aborted.
   */
  classify(picture: RgbImage, signal?: AbortSignal): Promise<Scores> {
    const turn = this.#lastTurn.then(() => this.#attempt(picture, signal))
    this.#lastTurn = turn.catch(() => {})
    return turn
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

  async #attempt(picture: RgbImage, signal: AbortSignal | undefined): Promise<Scores> {
    if (this.#isClosed || signal?.aborted) throw cancelled()
    const process = this.#living()
    let verdict: Failure | undefined
    const end = (failure: Failure) => {
      verdict = failure
      process.kill()
    }
    const late = (milliseconds: number, what: string) =>
      setTimeout(() => end(failed(`it ${what} within ${milliseconds / 1_000} s`)), milliseconds)
    const { deadlineMs, networks } = this.settings
    const cancel = () => end(cancelled())
    let timer = late(this.#startMs, 'did not open its networks')
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      await process.ready
      clearTimeout(timer)
      timer = late(deadlineMs, 'did not answer')
      return requireScores(await process.classify(picture), networks.length)
    } catch (error) {
      throw verdict ?? (this.#isClosed ? cancelled() : failed(messageOf(error), error))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
    }
  }

  #living(): ClassifierProcess {
    if (this.#process?.isAlive) return this.#process
    const process = new ClassifierProcess(this.settings)
    this.#process = process
    if (process.pid !== undefined) this.#onStart?.(process.pid)
    return process
  }
}

function requireScores(scores: Scores, networks: number): Scores {
  if (scores.length === networks) return scores
  throw new Error(`it answered for ${scores.length} of ${networks} networks`)
}

const cancelled = (): Failure => new Failure('cancelled', 'Looking at the picture was cancelled.')

/** The sentence is the operator's, in the log; a caller is told that the check failed. */
function failed(why: string, cause?: unknown): Failure {
  return new Failure('policy-check-failed', `The image classifier failed: ${why}.`, { cause })
}
