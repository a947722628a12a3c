/**
 * What the daemon sees of its enhancer: a Qwen 2.5 in a process that is replaced when it crashes, hangs or runs out of
 * memory, and that no picture has to wait for.
 */
import { type EnhancementHealth, Failure, type FailureCode, messageOf } from '#contract'
import { createMutex } from '#platform/mutex.ts'
import { createDeadlines, type Deadlines } from '#worker/engine/deadlines.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import { type Absence, away, loading, rounding, unfit } from './absence.ts'
import type { Completed, Completion, CompletionRequest } from './enhancement.ts'
import { EnhancerProcess } from './enhancer-process.ts'
import type { EnhancerInfo, LoadProgress, QwenPlace, WeightForm } from './messages.ts'

export interface EnhancerOptions {
  readonly place: QwenPlace
  readonly deadlines?: Deadlines
  /** Milliseconds before another process is begun after so many ends in a row, from 1 on. */
  readonly restMs?: (ends: number) => number
  /** Told how much of the weights has been rounded to four bits, where that is done. */
  readonly onRounded?: (share: LoadProgress) => void
  /** Told each time that texts can be had. */
  readonly onReady?: (info: EnhancerInfo) => void
  /** Told why they cannot be had any more. Another process is begun, but for a model that is unfit. */
  readonly onAway?: (failure: Failure) => void
}

export class Enhancer implements Completion, AsyncDisposable {
  readonly #options: EnhancerOptions
  readonly #deadlines: Deadlines
  #process: EnhancerProcess | undefined
  /** The form that there was room for, before the engine took its own. */
  #weights: WeightForm | undefined
  /** Why there are no texts now; undefined where there are. */
  #absence: Absence | undefined = loading
  /** Processes that ended, or did not load, since the last text. */
  #ends = 0
  #rest: NodeJS.Timeout | undefined
  #isClosing = false
  readonly #turns = createMutex()

  constructor(options: EnhancerOptions) {
    this.#options = options
    this.#deadlines = options.deadlines ?? createDeadlines()
  }

  /** Starts a process and has it look at the folder. Throws the Failure of what will not do, with its mend. */
  async check(): Promise<EnhancerInfo> {
    const process = this.#begin()
    try {
      return await process.send({ kind: 'check', ...this.#options.place })
    } catch (error) {
      this.#process = undefined
      await process.end()
      throw error
    }
  }

  /** After `check`: returns at once, and says by its health how far it is. */
  load(info: EnhancerInfo): void {
    const process = this.#process
    if (!process) throw new Error('the enhancer was told to load before it was told to check')
    this.#weights = info.weights
    void this.#open(process, info).catch((error) => this.#fail(error, process))
  }

  /**
   * Texts take turns. One that is no longer waited for is written to its end all the same, unless its turn has not come.
   * Throws a Failure with the code of why there is none, and the signal's reason once that is aborted.
   */
  async complete(request: CompletionRequest, signal: AbortSignal): Promise<Completed> {
    signal.throwIfAborted()
    const turn = this.#turns.run(() => this.#write(request, signal))
    return await unlessAborted(turn, signal).catch((error) => {
      signal.throwIfAborted()
      throw error
    })
  }

  get health(): EnhancementHealth {
    const absence = this.#absence
    return absence ? { available: false, why: absence.why } : { available: true }
  }

  /** In one word, as `Enhancement.fallback` has it; undefined where texts can be had. */
  get absence(): string | undefined {
    return this.#absence?.word
  }

  /** Of the process that is there now. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Whatever is waited for fails with `cancelled`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#rest)
    await this.#process?.end()
  }

  #begin(): EnhancerProcess {
    if (this.#isClosing) throw new Failure('cancelled', 'The enhancer is shutting down.')
    const process = new EnhancerProcess(this.#deadlines, this.#options.place.gpu)
    this.#process = process
    void process.death.then((failure) => this.#fail(failure, process))
    return process
  }

  async #open(process: EnhancerProcess, info: EnhancerInfo): Promise<void> {
    const onProgress = (share: LoadProgress) => {
      this.#absence = share < 1 ? rounding(share) : loading
      this.#options.onRounded?.(share)
    }
    await process.send({ kind: 'load' }, { onProgress })
    // Twice, since the first makes plans: from then on it is known how long a text takes.
    for (const _ of [1, 2]) if ((await process.send(TRIAL)).overflowed) throw overflow()
    this.#absence = undefined
    this.#options.onReady?.(info)
  }

  async #write(request: CompletionRequest, signal: AbortSignal): Promise<Completed> {
    signal.throwIfAborted()
    if (this.#absence) throw new Failure(this.#absence.code, this.#absence.why)
    const process = this.#process
    if (!process) throw new Error('an enhancer without a process has texts')
    const { overflowed, ...completed } = await process.send({ kind: 'complete', ...request })
    if (overflowed) {
      this.#fail(overflow(), process)
      throw overflow()
    }
    this.#ends = 0
    return completed
  }

  /** A process is done with once: what it was asked fails with its death as well. */
  #fail(error: unknown, process: EnhancerProcess): void {
    if (this.#process !== process || this.#isClosing) return
    this.#process = undefined
    const failure = error instanceof Failure ? error : new Failure('internal', messageOf(error))
    process.kill(failure)
    this.#options.onAway?.(failure)
    if (failure.code === UNFIT) {
      this.#absence = { ...unfit, why: failure.message }
      return
    }
    this.#absence = away(failure)
    this.#ends++
    const { restMs = usualRest } = this.#options
    this.#rest = setTimeout(() => void this.#again(), restMs(this.#ends))
    this.#rest.unref()
  }

  async #again(): Promise<void> {
    const process = this.#begin()
    try {
      const { place } = this.#options
      const before = this.#weights && { weights: this.#weights, hadRoom: true }
      const info = await process.send({ kind: 'check', ...place, ...before })
      this.#absence = loading
      await this.#open(process, info)
    } catch (error) {
      this.#fail(error, process)
    }
  }
}

/** At once, then after 5 s, 10, 20, up to 5 minutes. */
const usualRest = (ends: number): number =>
  ends === 1 ? 0 : Math.min(300_000, 5_000 * 2 ** (ends - 2))

const TRIAL = {
  kind: 'complete',
  prefix: '',
  text: 'A photograph of',
  maxNewTokens: 4,
  stop: '\n',
} as const

const UNFIT: FailureCode = 'checkpoint-unsupported'
const overflow = (): Failure => new Failure(UNFIT, unfit.why)
