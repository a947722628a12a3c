/** One life of a process that runs networks: started, sent commands, watched, and seen to its end. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure, type FailureCode } from '#contract'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { environmentOn } from '#worker/gpu/config.ts'
import type { Deadlines } from './deadlines.ts'
import { isOutOfMemory } from './failure-of.ts'

/** What is said to such a process: one command at a time, each answered once. */
export type ToProcess<Command> =
  | { readonly kind: 'command'; readonly id: number; readonly command: Command }
  | { readonly kind: 'cancel'; readonly id: number }

export type FromProcess<Answer, Progress> =
  /** A sign of life: `stage` begins now, and has its own deadline. */
  | { readonly kind: 'stage'; readonly id: number; readonly stage: string }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | {
      readonly kind: 'failed'
      readonly id: number
      readonly code: FailureCode
      readonly message: string
    }

export interface ProcessOptions<Command> {
  /** As it is called in sentences, such as `engine`. */
  readonly name: string
  /** The file that it runs. */
  readonly program: URL
  readonly deadlines: Deadlines
  /** That the process is to see alone, as nvidia-smi numbers it. */
  readonly gpu?: number | undefined
  /** What decides how long a command's stages take, beside the device. */
  readonly sizeOf?: (command: Command) => string
}

export interface CommandWatch<Progress> {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

interface Pending<Progress> extends CommandWatch<Progress> {
  readonly id: number
  /** As `sizeOf` has it. */
  readonly size: string
  readonly resolve: (answer: never) => void
  readonly reject: (failure: Failure) => void
}

/** Kept of what the process wrote to standard error, for the message about its death. */
const LAST_WORDS = 4_000
/** Milliseconds, of a process that is asked to end, before it is killed. */
const PATIENCE = 2_000

export class WatchedProcess<
  Command extends { readonly kind: string },
  Answers extends { readonly [K in Command['kind']]: unknown },
  Progress,
> {
  /** Resolves once the process has ended, with the reason; never rejects. */
  readonly death: Promise<Failure>
  readonly pid: number | undefined
  readonly #child: ChildProcess
  readonly #options: ProcessOptions<Command>
  #pending: Pending<Progress> | undefined
  #stage: { name: string; since: number; timer: NodeJS.Timeout } | undefined
  /** Stages that this life has begun before, with the size of their pictures. */
  readonly #begun = new Set<string>()
  /** Why we ended the process ourselves. */
  #verdict: Failure | undefined
  #isLetGo = false
  #lastWords = ''
  #ids = 0

  constructor(options: ProcessOptions<Command>) {
    this.#options = options
    this.#child = fork(fileURLToPath(options.program), {
      env: environmentOn(options.gpu),
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      execArgv: [...typescriptLoader()],
    })
    this.pid = this.#child.pid
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS)
    })
    this.#child.on('message', (message: FromProcess<Answers[Command['kind']], Progress>) =>
      this.#hear(message),
    )
    this.death = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(new Failure('engine-crashed', error.message)))
      this.#child.once('exit', (code, signal) => {
        const end = () => resolve(this.#reason(code, signal))
        // Its last words may still be on the way. Node's own `close` never comes after a disconnect.
        const { stderr } = this.#child
        if (stderr?.closed === false) stderr.once('close', end)
        else end()
      })
    })
    void this.death.then((failure) => {
      clearTimeout(this.#stage?.timer)
      this.#pending?.reject(failure)
      this.#pending = undefined
    })
  }

  /** One command at a time. Rejects with a Failure: what the process says, or why it died. */
  send<C extends Command>(
    command: C,
    { signal, onProgress }: CommandWatch<Progress> = {},
  ): Promise<Answers[C['kind']]> {
    const id = ++this.#ids
    const cancel = () => this.#tell({ kind: 'cancel', id })
    const size = this.#options.sizeOf?.(command) ?? ''
    return new Promise<Answers[C['kind']]>((resolve, reject) => {
      this.#pending = { id, resolve, reject, onProgress, size }
      this.#beginStage(command.kind)
      this.#tell({ kind: 'command', id, command })
      signal?.addEventListener('abort', cancel, { once: true })
      if (signal?.aborted) cancel()
    }).finally(() => signal?.removeEventListener('abort', cancel))
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Whatever it was told to do fails with `engine-hung`. */
  killAsHung(): void {
    const what = `The ${this.#options.name} showed no sign of life and was stopped.`
    this.#condemn(new Failure('engine-hung', what))
  }

  /** Asks the process to end, which it does at once unless a network is running. */
  disconnect(): void {
    this.#isLetGo = true
    if (this.#child.connected) this.#child.disconnect()
  }

  /** Asks first, and resolves once it has ended. */
  async end(): Promise<void> {
    this.disconnect()
    const impatient = setTimeout(() => this.kill(), PATIENCE)
    await this.death
    clearTimeout(impatient)
  }

  #tell(message: ToProcess<Command>): void {
    // A process that is gone answers through `death`.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #hear(message: FromProcess<Answers[Command['kind']], Progress>): void {
    const pending = this.#pending
    if (message.id !== pending?.id) return
    if (message.kind === 'stage') this.#beginStage(message.stage)
    else if (message.kind === 'progress') pending.onProgress?.(message.progress)
    else this.#conclude(pending, message)
  }

  #conclude(
    pending: Pending<Progress>,
    message: Extract<
      FromProcess<Answers[Command['kind']], Progress>,
      { kind: 'answer' | 'failed' }
    >,
  ): void {
    this.#endStage()
    if (message.kind === 'failed' && message.code === 'out-of-memory') {
      // A device's arena does not shrink: only the process's end gives its memory back.
      this.#condemn(new Failure(message.code, message.message))
      return
    }
    this.#pending = undefined
    // What was overcome on the way, such as a picture too large for memory, explains no later death.
    this.#lastWords = ''
    if (message.kind === 'answer') pending.resolve(message.answer as never)
    else pending.reject(new Failure(message.code, message.message))
  }

  #beginStage(name: string): void {
    this.#endStage()
    const sized = `${name}${this.#pending?.size ?? ''}`
    // A process may open and plan what it needs the first time, so that is measured by other first times.
    const measure = this.#begun.has(sized) ? sized : `first ${sized}`
    this.#begun.add(sized)
    const timer = setTimeout(() => {
      const what = `The ${this.#options.name} made no progress in "${name}" and was stopped.`
      this.#condemn(new Failure('engine-hung', what))
    }, this.#options.deadlines.of(measure))
    this.#stage = { name: measure, since: performance.now(), timer }
  }

  #endStage(): void {
    if (!this.#stage) return
    clearTimeout(this.#stage.timer)
    this.#options.deadlines.took(this.#stage.name, performance.now() - this.#stage.since)
    this.#stage = undefined
  }

  /** The command at hand fails with the verdict once the process has ended. */
  #condemn(verdict: Failure): void {
    this.#verdict = verdict
    this.kill()
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): Failure {
    const { name } = this.#options
    if (this.#isLetGo) return new Failure('cancelled', `The ${name} was shut down.`)
    if (this.#verdict) return this.#verdict
    const lines = this.#lastWords.trim().split('\n')
    // A crash ends with a list of addresses; what ran out is told above it.
    const last = lines.find(isOutOfMemory) ?? lines.at(-1)
    const said = last ? ` Its last words: ${last}` : ''
    if (isOutOfMemory(this.#lastWords)) {
      return new Failure('out-of-memory', `The ${name} ran out of memory.${said}`)
    }
    if (signal === 'SIGKILL') {
      return new Failure(
        'out-of-memory',
        `The system killed the ${name}, most likely for want of memory.`,
      )
    }
    const how = signal ?? `exit ${code}`
    return new Failure('engine-crashed', `The ${name} crashed (${how}).${said}`)
  }
}
