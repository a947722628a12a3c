/** A process that works by turns and is always there: started when it is first needed, replaced once it has ended. */
import type { Failure } from '#contract'
import { createMutex } from '../mutex.ts'
import type { AnswersTo, AnyCommand } from './messages.ts'
import { type ProcessOptions, WatchedProcess } from './watched-process.ts'

export interface KeptOptions<Command extends AnyCommand, Answers extends AnswersTo<Command>> {
  /** Of every life. */
  readonly process: ProcessOptions<Command>
  /** Makes one that has just been started ready for commands; where it rejects, that one is given up. */
  readonly begin: (process: WatchedProcess<Command, Answers>) => Promise<unknown>
  /** Why there is no answer for whoever wants none any more, or when all is over. */
  readonly cancelled: () => Failure
  /** Whether a command that a process died at is sent once more, to a fresh one. */
  readonly sendsAgain: boolean
}

interface Life<Command extends AnyCommand, Answers extends AnswersTo<Command>> {
  readonly process: WatchedProcess<Command, Answers>
  readonly ready: Promise<unknown>
}

export class KeptProcess<Command extends AnyCommand, Answers extends AnswersTo<Command>>
  implements AsyncDisposable
{
  readonly #options: KeptOptions<Command, Answers>
  readonly #turns = createMutex()
  #life: Life<Command, Answers> | undefined
  #isClosed = false

  constructor(options: KeptOptions<Command, Answers>) {
    this.#options = options
  }

  /** In its turn. Aborting ends the process, should it be at this command: what it is at may not be interrupted. */
  send<C extends Command>(command: C, signal?: AbortSignal): Promise<Answers[C['kind']]> {
    return this.#turns.run(async () => {
      const life = this.#living(signal)
      try {
        return await this.#sendTo(life, command, signal)
      } catch (error) {
        // A warm process may have died of something else; a fresh one dies of this command or not at all.
        if (!life.process.hasDied || !this.#options.sendsAgain) throw error
        return await this.#sendTo(this.#living(signal), command, signal)
      }
    })
  }

  /** Of the process that is there now. */
  get pid(): number | undefined {
    return this.#life?.process.pid
  }

  /** Whatever runs or waits fails as cancelled. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#life?.process.kill(this.#options.cancelled())
    await this.#turns.idle()
    await this.#life?.process.death
  }

  async #sendTo<C extends Command>(
    { process, ready }: Life<Command, Answers>,
    command: C,
    signal: AbortSignal | undefined,
  ): Promise<Answers[C['kind']]> {
    const cancel = () => process.kill(this.#options.cancelled())
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      await ready
      return await process.send(command)
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  #living(signal: AbortSignal | undefined): Life<Command, Answers> {
    const { process: options, begin, cancelled } = this.#options
    if (this.#isClosed || signal?.aborted) throw cancelled()
    if (this.#life?.process.isAlive) return this.#life
    const process = new WatchedProcess<Command, Answers>(options)
    const ready = begin(process)
    ready.catch((failure) => process.kill(failure))
    this.#life = { process, ready }
    return this.#life
  }
}
