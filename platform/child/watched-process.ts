/** One life of a process that works by turns: started, sent commands, watched, and seen to its end. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure } from '#contract'
import { type MemoryBounds, nodeWithin } from './memory-bounds.ts'
import type { AnswersTo, AnyCommand, FromProcess, ToProcess } from './messages.ts'
import { isOutOfMemory } from './out-of-memory.ts'

export interface ProcessOptions<Command> {
  /** As it is called in sentences, such as `engine`. */
  readonly name: string
  /** The file that it runs, which calls `obey`. */
  readonly program: URL
  /** All of the environment that it sees. */
  readonly env: NodeJS.ProcessEnv
  /** What becomes of its standard output. */
  readonly stdout: 'inherit' | 'ignore'
  /** As much as there is, unless bounded. */
  readonly memory?: MemoryBounds
  /** Of a stage that begins now; a command's first is called as its kind. */
  readonly deadlineOf: (stage: string, command: Command) => Deadline
  /** Of a process that nobody told to end. */
  readonly failureOf: (ending: Ending) => Failure
}

export interface Deadline {
  readonly milliseconds: number
  /** What the command fails with then, once the process has been killed. */
  readonly late: () => Failure
  /** Told how long it took in the end. */
  readonly took?: (milliseconds: number) => void
}

export interface Ending {
  /** Such as `SIGSEGV` or `exit 1`. */
  readonly how: string
  /** Of the lines that it wrote to standard error the last, or one that says what ran out; empty where there is none. */
  readonly lastWords: string
  /** What it was at; undefined between two commands. */
  readonly stage: string | undefined
  /** It said so, or the system killed it. */
  readonly ranOutOfMemory: boolean
}

export interface CommandWatch<Progress> {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

interface Pending<Command, Progress> extends CommandWatch<Progress> {
  readonly id: number
  readonly command: Command
  readonly resolve: (answer: never) => void
  readonly reject: (failure: Failure) => void
}

/** Kept of what the process wrote to standard error. */
const LAST_WORDS = 4_000
/** Milliseconds, of a process that is asked to end, before it is killed. */
const PATIENCE = 2_000

export class WatchedProcess<
  Command extends AnyCommand,
  Answers extends AnswersTo<Command>,
  Progress = never,
> {
  /** Resolves once the process has ended, with the reason; never rejects. */
  readonly death: Promise<Failure>
  readonly pid: number | undefined
  readonly #child: ChildProcess
  readonly #options: ProcessOptions<Command>
  #pending: Pending<Command, Progress> | undefined
  #stage: { name: string; deadline: Deadline; since: number; timer: NodeJS.Timeout } | undefined
  /** Why we ended the process ourselves. */
  #verdict: Failure | undefined
  /** Why it has ended. */
  #failure: Failure | undefined
  #lastWords = ''
  #ids = 0

  constructor(options: ProcessOptions<Command>) {
    this.#options = options
    this.#child = fork(fileURLToPath(options.program), {
      ...nodeWithin(options.memory),
      env: options.env,
      serialization: 'advanced',
      stdio: ['ignore', options.stdout, 'pipe', 'ipc'],
    })
    this.pid = this.#child.pid
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS)
    })
    this.#child.on('message', (message: FromProcess<Answers[Command['kind']], Progress>) =>
      this.#hear(message),
    )
    this.death = this.#ended().then((how) => {
      this.#failure = this.#verdict ?? options.failureOf(this.#ending(how))
      return this.#failure
    })
    void this.death.then((failure) => {
      clearTimeout(this.#stage?.timer)
      this.#pending?.reject(failure)
      this.#pending = undefined
    })
  }

  /** Whether it can be sent commands: what was killed may take a moment to end. */
  get isAlive(): boolean {
    return this.#failure === undefined && this.#child.connected && !this.#child.killed
  }

  /** Whether it has ended, and nobody told it to. */
  get hasDied(): boolean {
    return this.#failure !== undefined && this.#verdict === undefined
  }

  /** One command at a time. Rejects with a Failure: what the process says, or why it died. */
  send<C extends Command>(
    command: C,
    { signal, onProgress }: CommandWatch<Progress> = {},
  ): Promise<Answers[C['kind']]> {
    const id = ++this.#ids
    const cancel = () => this.#tell({ kind: 'cancel', id })
    return new Promise<Answers[C['kind']]>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      this.#pending = { id, command, resolve, reject, onProgress }
      this.#beginStage(command.kind, command)
      this.#tell({ kind: 'command', id, command })
      signal?.addEventListener('abort', cancel, { once: true })
      if (signal?.aborted) cancel()
    }).finally(() => signal?.removeEventListener('abort', cancel))
  }

  /** The command at hand fails with the verdict once the process has ended. */
  kill(verdict?: Failure): void {
    if (this.#failure) return
    this.#verdict ??= verdict
    this.#child.kill('SIGKILL')
  }

  /** Asks first, which works at once unless it is blocked, and resolves once it has ended. */
  async end(): Promise<void> {
    this.#verdict = new Failure('cancelled', `The ${this.#options.name} was shut down.`)
    if (this.#child.connected) this.#child.disconnect()
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
    // What is none of our messages has no id; the command has its deadline all the same.
    if (!pending || message?.id !== pending.id) return
    if (message.kind === 'stage') this.#beginStage(message.stage, pending.command)
    else if (message.kind === 'progress') pending.onProgress?.(message.progress)
    else if (message.kind === 'answer') this.#concluded(pending).resolve(message.answer as never)
    else if (message.kind === 'failed') {
      const failure = new Failure(message.code, message.message)
      // Neither a heap in pieces nor a device's arena shrinks: only the process's end gives their memory back.
      if (failure.code === 'out-of-memory') this.kill(failure)
      else this.#concluded(pending).reject(failure)
    }
  }

  #concluded(pending: Pending<Command, Progress>): Pending<Command, Progress> {
    this.#endStage()
    this.#pending = undefined
    // What was overcome on the way, such as a picture too large for memory, explains no later death.
    this.#lastWords = ''
    return pending
  }

  #beginStage(name: string, command: Command): void {
    this.#endStage()
    const deadline = this.#options.deadlineOf(name, command)
    const timer = setTimeout(() => this.kill(deadline.late()), deadline.milliseconds)
    this.#stage = { name, deadline, since: performance.now(), timer }
  }

  #endStage(): void {
    if (!this.#stage) return
    const { deadline, since, timer } = this.#stage
    clearTimeout(timer)
    deadline.took?.(performance.now() - since)
    this.#stage = undefined
  }

  #ended(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message))
      this.#child.once('exit', (code, signal) => {
        const end = () => resolve(signal ?? `exit ${code}`)
        // Its last words may still be on the way. Node's own `close` never comes after a disconnect.
        const { stderr } = this.#child
        if (stderr?.closed === false) stderr.once('close', end)
        else end()
      })
    })
  }

  #ending(how: string): Ending {
    const lines = this.#lastWords.trim().split('\n')
    // A crash ends with a list of addresses; what ran out is told above it.
    const last = lines.find(isOutOfMemory) ?? lines.at(-1) ?? ''
    // A kill that is not ours is the system's, for want of memory.
    const ranOutOfMemory = isOutOfMemory(last) || how === 'SIGKILL'
    return { how, lastWords: last, stage: this.#stage?.name, ranOutOfMemory }
  }
}
