/** One life of the engine's process: started, sent commands, watched, and seen to its end. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure } from '#contract'
import type { Progress } from '#pipeline/stages.ts'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import { environmentOn } from '#worker/gpu/config.ts'
import type { Deadlines } from './deadlines.ts'
import { isOutOfMemory } from './failure-of.ts'
import type { Answers, Command, FromEngine, ToEngine } from './messages.ts'

export interface CommandWatch {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

interface Pending extends CommandWatch {
  readonly id: number
  /** What decides how long its stages take, beside the device. */
  readonly size: string
  readonly resolve: (answer: never) => void
  readonly reject: (failure: Failure) => void
}

/** Kept of what the process wrote to standard error, for the message about its death. */
const LAST_WORDS = 4_000

export class EngineProcess {
  /** Resolves once the process has ended, with the reason; never rejects. */
  readonly death: Promise<Failure>
  readonly pid: number | undefined
  readonly #child: ChildProcess
  readonly #deadlines: Deadlines
  #pending: Pending | undefined
  #stage: { name: string; since: number; timer: NodeJS.Timeout } | undefined
  /** Stages that this life has begun before, with the size of their pictures. */
  readonly #begun = new Set<string>()
  /** Why we ended the process ourselves. */
  #verdict: Failure | undefined
  #isLetGo = false
  #lastWords = ''
  #ids = 0

  /** @param gpu that the process is to see alone, as nvidia-smi numbers it. */
  constructor(deadlines: Deadlines, gpu?: number) {
    this.#deadlines = deadlines
    this.#child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), {
      env: environmentOn(gpu),
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      execArgv: [...typescriptLoader()],
    })
    this.pid = this.#child.pid
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS)
    })
    this.#child.on('message', (message: FromEngine) => this.#hear(message))
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

  /** One command at a time. Rejects with a Failure: what the engine says, or why it died. */
  send<C extends Command>(
    command: C,
    { signal, onProgress }: CommandWatch = {},
  ): Promise<Answers[C['kind']]> {
    const id = ++this.#ids
    const cancel = () => this.#tell({ kind: 'cancel', id })
    return new Promise<Answers[C['kind']]>((resolve, reject) => {
      this.#pending = { id, resolve, reject, onProgress, size: sizeOf(command) }
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
    this.#condemn(new Failure('engine-hung', 'The engine showed no sign of life and was stopped.'))
  }

  /** Asks the process to end, which it does at once unless a network is running. */
  disconnect(): void {
    this.#isLetGo = true
    if (this.#child.connected) this.#child.disconnect()
  }

  #tell(message: ToEngine): void {
    // A process that is gone answers through `death`.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #hear(message: FromEngine): void {
    const pending = this.#pending
    if (message.id !== pending?.id) return
    if (message.kind === 'stage') this.#beginStage(message.stage)
    else if (message.kind === 'progress') pending.onProgress?.(message.progress)
    else this.#conclude(pending, message)
  }

  #conclude(pending: Pending, message: Extract<FromEngine, { kind: 'answer' | 'failed' }>): void {
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
      const what = `The engine made no progress in "${name}" and was stopped.`
      this.#condemn(new Failure('engine-hung', what))
    }, this.#deadlines.of(measure))
    this.#stage = { name: measure, since: performance.now(), timer }
  }

  #endStage(): void {
    if (!this.#stage) return
    clearTimeout(this.#stage.timer)
    this.#deadlines.took(this.#stage.name, performance.now() - this.#stage.since)
    this.#stage = undefined
  }

  /** The command at hand fails with the verdict once the process has ended. */
  #condemn(verdict: Failure): void {
    this.#verdict = verdict
    this.kill()
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): Failure {
    if (this.#isLetGo) return new Failure('cancelled', 'The engine was shut down.')
    if (this.#verdict) return this.#verdict
    const lines = this.#lastWords.trim().split('\n')
    // A crash ends with a list of addresses; what ran out is told above it.
    const last = lines.find(isOutOfMemory) ?? lines.at(-1)
    const said = last ? ` Its last words: ${last}` : ''
    if (isOutOfMemory(this.#lastWords)) {
      return new Failure('out-of-memory', `The engine ran out of memory.${said}`)
    }
    if (signal === 'SIGKILL') {
      return new Failure(
        'out-of-memory',
        'The system killed the engine, most likely for want of memory.',
      )
    }
    return new Failure('engine-crashed', `The engine crashed (${signal ?? `exit ${code}`}).${said}`)
  }
}

const sizeOf = (command: Command): string =>
  command.kind === 'run' ? ` at ${command.request.width}×${command.request.height}` : ''
