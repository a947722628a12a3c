/** One life of the classifier's process: its networks are opened, it is given one picture at a time, and it is ended. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RgbImage } from '#contract'
import { typescriptLoader } from '#platform/typescript-loader.ts'
import type { FromClassifier, Scores, ToClassifier } from './messages.ts'
import type { ClassifierSettings } from './settings.ts'

/** Kept of what the process wrote to standard error, for the reason of its death. */
const LAST_WORDS = 2_000

interface Pending {
  readonly id: number
  readonly resolve: (scores: Scores) => void
  readonly reject: (error: Error) => void
}

export class ClassifierProcess {
  /** Resolves once it can be given pictures. Rejects where its networks cannot be opened, or it has ended before. */
  readonly ready: Promise<void>
  readonly pid: number | undefined
  readonly #child: ChildProcess
  #onReady: { resolve(): void; reject(error: Error): void } | undefined
  #pending: Pending | undefined
  #death: Error | undefined
  #ids = 0
  #lastWords = ''

  constructor(settings: ClassifierSettings) {
    this.#child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [...typescriptLoader()],
      // Nothing of ours: a network from somewhere finds no key.
      env: {},
    })
    this.pid = this.#child.pid
    this.ready = new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject }
    })
    // Whoever waits for it hears; nobody may.
    this.ready.catch(() => {})
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS)
    })
    this.#child.on('message', (message: FromClassifier) => this.#hear(message))
    this.#child.on('error', (error) => this.#die(error.message))
    this.#child.once('exit', (code, signal) => this.#die(signal ?? `exit ${code}`))
    this.#tell({ kind: 'open', settings })
  }

  /** Whether it can be asked: what was killed may take a moment to end. */
  get isAlive(): boolean {
    return this.#death === undefined && this.#child.connected && !this.#child.killed
  }

  /** One picture at a time. Rejects with what the process says, or with how it ended. */
  classify(picture: RgbImage): Promise<Scores> {
    const id = ++this.#ids
    return new Promise<Scores>((resolve, reject) => {
      if (this.#death) return reject(this.#death)
      this.#pending = { id, resolve, reject }
      this.#tell({ kind: 'classify', id, picture })
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #tell(message: ToClassifier): void {
    // Where it cannot be told, its end is on the way and rejects.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #hear(message: FromClassifier): void {
    if (message.kind === 'ready') this.#onReady?.resolve()
    else if (message.kind === 'unopened') this.#fail(message.message)
    else if (message.id === this.#pending?.id) this.#conclude(this.#pending, message)
  }

  /** Networks that could not be opened may be there at the next process's start. */
  #fail(why: string): void {
    this.#onReady?.reject(new Error(why))
    this.kill()
  }

  #conclude(
    { resolve, reject }: Pending,
    message: Extract<FromClassifier, { kind: 'answer' | 'failed' }>,
  ): void {
    this.#pending = undefined
    if (message.kind === 'answer') resolve(message.scores)
    else reject(new Error(message.message))
  }

  #die(how: string): void {
    if (this.#death) return
    const last = this.#lastWords.trim().split('\n').at(-1)
    this.#death = new Error(`the process ended (${how})${last ? `; its last words: ${last}` : ''}`)
    this.#onReady?.reject(this.#death)
    this.#pending?.reject(this.#death)
    this.#pending = undefined
  }
}
