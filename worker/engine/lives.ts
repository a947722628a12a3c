/**
 * The processes of an engine, one after the other: replaced when one crashes, hangs or runs out of memory, and
 * where other LoRAs are wanted than it has open.
 */
import { Failure } from '#contract'
import type { AskedLora } from '#models/lora/open-loras.ts'
import { createMutex } from '#platform/mutex.ts'
import { createDeadlines, type Deadlines } from './deadlines.ts'
import { EngineProcess } from './engine-process.ts'
import { type LoraSet, loraSet } from './lora-set.ts'
import type { DeviceChoice, EngineInfo } from './messages.ts'

export interface EngineOptions {
  readonly checkpoint: string
  readonly device: DeviceChoice
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads?: number
  /** The only one that its processes see, as nvidia-smi numbers it; else what the environment lets them see. */
  readonly gpu?: number | undefined
  /** Bytes of the GPU's memory that it is to leave to another process. */
  readonly reserved?: number | undefined
  /** Open from the start, and of each run that names none of its own. */
  readonly loras?: readonly AskedLora[]
  readonly deadlines?: Deadlines
  /** Told why a process ended that was not asked to; another is being started then. */
  readonly onDeath?: (failure: Failure) => void
}

interface Life {
  readonly process: EngineProcess
  readonly set: LoraSet
  readonly loaded: Promise<EngineInfo>
}

export class Lives implements AsyncDisposable {
  readonly #options: EngineOptions
  readonly #deadlines: Deadlines
  #life: Life | undefined
  /** What the last life that loaded had open, and the next has where nothing else is asked. */
  #set: LoraSet
  /** Memory ran out once: every life from then on takes less of it, and more time. */
  #isFrugal = false
  #isClosing = false
  /** Changes wait for the one before: two processes would need the memory of two. */
  readonly #changes = createMutex()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#deadlines = options.deadlines ?? createDeadlines()
    this.#set = loraSet(options.loras ?? [])
  }

  /**
   * A process that has the checkpoint and `set` open; what is open already where none is asked. It may be a new
   * one: a process that opened networks again and again would grow, since ONNX Runtime leaks some of each and a
   * GPU's arena never shrinks. Rejects with a Failure that names what is wrong with the checkpoint or a LoRA.
   */
  ready(set?: LoraSet): Promise<{ readonly process: EngineProcess; readonly info: EngineInfo }> {
    return this.#changes.run(async () => {
      const life = await this.#having(set ?? this.#openSet)
      return { process: life.process, info: await life.loaded }
    })
  }

  /** Resolves, never rejects, once nothing is being opened for `ready` any more. */
  settled(): Promise<void> {
    return this.#changes.idle()
  }

  /** Of the set that is open. */
  get key(): string {
    return this.#openSet.key
  }

  /** Of the process that is there now. */
  get pid(): number | undefined {
    return this.#life?.process.pid
  }

  /** As `Deadlines.longest`. */
  get patience(): number {
    return this.#deadlines.longest()
  }

  /** Ends the process that is there now as one that hangs; another begins. */
  replaceHung(): void {
    const what = 'The engine showed no sign of life and was stopped.'
    this.#life?.process.kill(new Failure('engine-hung', what))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    if (this.#life) await this.#life.process.end()
  }

  get #openSet(): LoraSet {
    return this.#life?.set ?? this.#set
  }

  async #having(set: LoraSet): Promise<Life> {
    // Again, because one that crashes while it is about to be ended is replaced by its like.
    for (let life = this.#life; life && life.set.key !== set.key; life = this.#life) {
      await life.loaded.catch(() => {})
      await life.process.end()
    }
    return this.#life ?? this.#begin(set)
  }

  #begin(set: LoraSet): Life {
    if (this.#isClosing) throw new Failure('cancelled', 'The engine is shutting down.')
    const { checkpoint, device, threads = 0, gpu, reserved, onDeath } = this.#options
    const process = new EngineProcess(this.#deadlines, gpu)
    const frugal = this.#isFrugal
    const { loras } = set
    const where = { device, threads, gpu, reserved }
    const load = { kind: 'load', checkpoint, ...where, loras, frugal } as const
    let hasLoaded = false
    const loaded = process.send(load).then(
      (info) => {
        hasLoaded = true
        this.#set = set
        return info
      },
      async (failure) => {
        // A checkpoint that cannot be opened: the next command tries anew, with a new process.
        process.kill(failure)
        await process.death
        throw failure
      },
    )
    const life = { process, set, loaded }
    this.#life = life
    void process.death.then((failure) => {
      this.#life = undefined
      if (failure.code === 'out-of-memory') this.#isFrugal = true
      // We ended it ourselves.
      if (failure.code === 'cancelled' || !hasLoaded) return
      onDeath?.(failure)
      // At once, so that the next job finds it loaded; but one that died loading is not tried in a loop.
      if (!this.#isClosing) this.#begin(set).loaded.catch(() => {})
    })
    return life
  }
}
