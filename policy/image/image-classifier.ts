/**
 * What pictures show, as far as the operator's networks can tell: found out in a process that has a limit of time, and is
 * replaced when it crashes or hangs. Whoever asks refuses where there is no answer, so nothing here is tried twice.
 */
import { Failure, type RgbImage } from '#contract'
import { KeptProcess } from '#platform/child/kept-process.ts'
import type { Deadline, Ending } from '#platform/child/watched-process.ts'
import { type Answers, type Command, failed, type Scores } from './messages.ts'
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
  readonly #process: KeptProcess<Command, Answers>

  constructor({ settings, startMs = START_MS, onStart }: ImageClassifierOptions) {
    this.settings = settings
    this.#process = new KeptProcess<Command, Answers>({
      process: {
        ...{ name: 'image classifier', program: PROGRAM, stdout: 'ignore' },
        // Nothing of ours: a network from somewhere finds no key.
        env: {},
        deadlineOf: (stage) =>
          stage === 'open'
            ? within(startMs, 'did not open its networks')
            : within(settings.deadlineMs, 'did not answer'),
        failureOf,
      },
      async begin(process) {
        if (process.pid !== undefined) onStart?.(process.pid)
        await process.send({ kind: 'open', settings })
      },
      cancelled,
      sendsAgain: false,
    })
  }

  /**
   * Scores by network and label. Throws `policy-check-failed` where its process crashes, hangs, does not start, or answers
   * what is no score; `cancelled` once the signal is aborted.
   */
  async classify(picture: RgbImage, signal?: AbortSignal): Promise<Scores> {
    const scores = await this.#process.send({ kind: 'classify', picture }, signal)
    return requireScores(scores, this.settings.networks.length)
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

const within = (milliseconds: number, what: string): Deadline => ({
  milliseconds,
  late: () => failed(`it ${what} within ${milliseconds / 1_000} s`),
})

const failureOf = ({ how, lastWords }: Ending): Failure =>
  failed(`the process ended (${how})${lastWords && `; its last words: ${lastWords}`}`)

function requireScores(scores: Scores, networks: number): Scores {
  if (Array.isArray(scores) && scores.length === networks) return scores
  throw failed(`it did not answer for ${networks} networks`)
}

const cancelled = (): Failure => new Failure('cancelled', 'Looking at the picture was cancelled.')
