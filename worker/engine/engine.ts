/**
 * An engine that is always there: networks in a process of their own, replaced when it crashes, hangs or
 * runs out of memory. The caller is never blocked, and is told which it was.
 */
import { Failure } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import type { Generated, GenerationRequest } from '#pipeline/generate.ts'
import { createDeadlines, type Deadlines } from './deadlines.ts'
import { type CommandWatch, EngineProcess } from './engine-process.ts'
import type { Answers, Command, DeviceChoice, EngineInfo, EngineMemory } from './messages.ts'

export interface EngineOptions {
  readonly checkpoint: string
  readonly device: DeviceChoice
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads?: number
  readonly loras?: readonly AskedLora[]
  readonly deadlines?: Deadlines
  /** Told why a process ended that was not asked to; another is being started then. */
  readonly onDeath?: (failure: Failure) => void
}

interface Life {
  readonly process: EngineProcess
  readonly loaded: Promise<EngineInfo>
}

export class Engine implements AsyncDisposable {
  readonly #options: EngineOptions
  readonly #deadlines: Deadlines
  #life: Life | undefined
  #isClosing = false
  /** Commands wait for the one before: a process does one thing at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#deadlines = options.deadlines ?? createDeadlines()
  }

  /** Starts the process and opens the checkpoint. Rejects with a Failure that names what is wrong with it. */
  async load(): Promise<EngineInfo> {
    return this.#alive().loaded
  }

  /** The smallest run of every network, so that the first picture is as fast as the next. */
  async warmUp(): Promise<void> {
    await this.#command({ kind: 'warmUp' })
  }

  /** Aborting ends the run between two evaluations, with the failure `cancelled`. */
  run(request: GenerationRequest, watch: CommandWatch = {}): Promise<Generated> {
    return this.#command({ kind: 'run', request }, watch)
  }

  memory(): Promise<EngineMemory> {
    return this.#command({ kind: 'memory' })
  }

  /** Of the process that is there now; undefined before `load`. */
  get pid(): number | undefined {
    return this.#life?.process.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    const life = this.#life
    if (!life) return
    life.process.disconnect()
    const impatient = setTimeout(() => life.process.kill(), 2_000)
    await life.process.death
    clearTimeout(impatient)
  }

  #command<C extends Command>(command: C, watch: CommandWatch = {}): Promise<Answers[C['kind']]> {
    const answer = this.#last.then(async () => {
      const life = this.#alive()
      await life.loaded
      if (watch.signal?.aborted) throw new Failure('cancelled', 'The run was cancelled.')
      return life.process.send(command, watch)
    })
    this.#last = answer.catch(() => {})
    return answer
  }

  #alive(): Life {
    if (this.#isClosing) throw new Failure('cancelled', 'The engine is shutting down.')
    this.#life ??= this.#begin()
    return this.#life
  }

  #begin(): Life {
    const { checkpoint, device, threads = 0, loras = [], onDeath } = this.#options
    const process = new EngineProcess(this.#deadlines)
    const load = { kind: 'load', checkpoint, device, threads, loras } as const
    const loaded = process.send(load).catch(async (failure) => {
      // A checkpoint that cannot be opened: the next command tries anew, with a new process.
      process.kill()
      await process.death
      throw failure
    })
    let hasLoaded = false
    loaded.then(
      () => {
        hasLoaded = true
      },
      () => {},
    )
    void process.death.then((failure) => {
      this.#life = undefined
      if (this.#isClosing) return
      if (!hasLoaded) return
      onDeath?.(failure)
      // At once, so that the next job finds it loaded; but one that died loading is not tried in a loop.
      this.#alive().loaded.catch(() => {})
    })
    return { process, loaded }
  }
}
