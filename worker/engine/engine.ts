/**
 * An engine that is always there: networks in a process of their own, replaced when it crashes, hangs or
 * runs out of memory. Commands take turns. The caller is never blocked, and is told which it was.
 */
import { Failure } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Generated, GenerationRequest } from '#pipeline/generate.ts'
import type { Progress } from '#pipeline/stages.ts'
import type { CommandWatch } from '#platform/child/watched-process.ts'
import { type EngineOptions, Lives } from './lives.ts'
import { type LoraSet, loraSet } from './lora-set.ts'
import type { Answers, Command, EngineInfo, EngineMemory, Size } from './messages.ts'
import { createTurns } from './turns.ts'
import { cancelled, unlessAborted } from './unless-aborted.ts'

export type { EngineOptions } from './lives.ts'

export interface RunOptions extends CommandWatch<Progress> {
  /** In any order; the engine's own where left out. Those of strength 0 are as good as not there. */
  readonly loras?: readonly AskedLora[] | undefined
  /** Told that memory ran out, before the job is run once more. */
  readonly onRetry?: ((failure: Failure) => void) | undefined
}

export class Engine implements AsyncDisposable {
  readonly #lives: Lives
  readonly #own: LoraSet
  /** What begins a command whose turn has come. */
  readonly #turns = createTurns<() => void>()
  /** A process does one thing at a time. */
  #isBusy = false

  constructor(options: EngineOptions) {
    this.#lives = new Lives(options)
    this.#own = loraSet(options.loras ?? [])
  }

  /** Starts the process and opens the checkpoint. Rejects with a Failure that names what is wrong with it. */
  async load(): Promise<EngineInfo> {
    const { info } = await againInNextLife(() => this.#lives.ready())
    return info
  }

  /** The smallest run of every network at `size` or its own, so that the first picture is as fast as the next. */
  async warmUp(size?: Size): Promise<void> {
    await this.#command({ kind: 'warmUp', ...(size && { size }) })
  }

  /**
   * Other LoRAs than those that are open take a new process, so a run that wants what is open goes before one
   * that does not, within the limits of `turns.ts`. Aborting ends it at once while it waits and between two
   * evaluations while it runs, with the failure `cancelled`. Where memory runs out it is run once more, and its
   * progress begins again.
   */
  run(request: GenerationRequest, { loras, ...watch }: RunOptions = {}): Promise<Generated> {
    const set = loras ? loraSet(loras) : this.#own
    return this.#command({ kind: 'run', request }, watch, set)
  }

  memory(): Promise<EngineMemory> {
    return this.#command({ kind: 'memory' })
  }

  /** Of the process that is there now; undefined before `load`. */
  get pid(): number | undefined {
    return this.#lives.pid
  }

  /** Milliseconds that it may now stand still before it is replaced. */
  get patience(): number {
    return this.#lives.patience
  }

  /** For who knows better that it stands still: what runs fails with `engine-hung`, and another process begins. */
  replaceHung(): void {
    this.#lives.replaceHung()
  }

  /** Whatever runs or waits fails with `cancelled`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lives[Symbol.asyncDispose]()
  }

  /** Without a set it is done with what is open. */
  async #command<C extends Command>(
    command: C,
    { onRetry, ...watch }: Omit<RunOptions, 'loras'> = {},
    set?: LoraSet,
  ): Promise<Answers[C['kind']]> {
    const { signal } = watch
    await this.#turn(set?.key, signal)
    try {
      return await againInNextLife(
        async () => {
          if (signal?.aborted) throw cancelled()
          const { process } = await unlessAborted(this.#lives.ready(set), signal)
          return process.send(command, watch)
        },
        { signal, onRetry },
      )
    } finally {
      // What a cancelled command left opening is known, once it is open, to those whose turn may be next.
      void this.#lives.settled().then(() => {
        this.#isBusy = false
        this.#beginNext()
      })
    }
  }

  /** Resolves once nothing else runs; rejects as soon as the signal is aborted. */
  #turn(key: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', cancel)
        resolve()
      }
      const cancel = () => {
        this.#turns.leave(begin)
        reject(cancelled())
      }
      if (signal?.aborted) return cancel()
      signal?.addEventListener('abort', cancel, { once: true })
      this.#turns.join(begin, key)
      this.#beginNext()
    })
  }

  #beginNext(): void {
    if (this.#isBusy) return
    const begin = this.#turns.next(this.#lives.key)
    this.#isBusy = begin !== undefined
    begin?.()
  }
}

/** The life after one that ran out of memory takes less, so that the same may pass there. */
async function againInNextLife<T>(
  attempt: () => Promise<T>,
  { signal, onRetry }: Pick<RunOptions, 'signal' | 'onRetry'> = {},
): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'out-of-memory') throw error
    if (signal?.aborted) throw cancelled()
    onRetry?.(error)
    return attempt()
  }
}
