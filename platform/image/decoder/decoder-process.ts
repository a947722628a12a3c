/** One life of the decoder's process: started within its limits, given one task at a time, and ended. */

import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Failure } from '#contract'
import { typescriptLoader } from '../../typescript-loader.ts'
import type { Answers, FromDecoder, Task, ToDecoder } from './messages.ts'

/** Kept of what the process wrote to standard error, for the reason of its death. */
const LAST_WORDS = 4_000

interface Circumstances {
  readonly ranOutOfMemory: boolean
  /** It could be given tasks, so the picture may be to blame. */
  readonly wasReady: boolean
}

/** The process ended by itself. */
export class DecoderDeath extends Error {
  readonly ranOutOfMemory: boolean
  readonly wasReady: boolean

  constructor(how: string, { ranOutOfMemory, wasReady }: Circumstances) {
    super(`The decoder died (${how}).`)
    this.ranOutOfMemory = ranOutOfMemory
    this.wasReady = wasReady
  }
}

export class DecoderProcess {
  /** Resolves once it can be given a task, or has ended; never rejects. */
  readonly ready: Promise<void>
  readonly pid: number | undefined
  readonly #child: ChildProcess
  #onReady = () => {}
  #wasReady = false
  #pending: { id: number; resolve(answer: never): void; reject(error: Error): void } | undefined
  #death: DecoderDeath | undefined
  #ids = 0
  #lastWords = ''

  constructor(memoryLimit: number) {
    this.#child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), {
      ...limited(memoryLimit),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Nothing of ours: what breaks into the process finds no key. Two arenas keep glibc's memory small.
      env: { VIPS_BLOCK_UNTRUSTED: '1', VIPS_CONCURRENCY: '1', MALLOC_ARENA_MAX: '2' },
    })
    this.pid = this.#child.pid
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve
    })
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS)
    })
    this.#child.on('message', (message: FromDecoder) => this.#hear(message))
    this.#child.on('error', (error) => this.#die(error.message))
    // `close` comes after its last words, `exit` may come before them.
    this.#child.once('close', (code, signal) => this.#die(signal ?? `exit ${code}`))
  }

  get isAlive(): boolean {
    return this.#death === undefined && this.#child.connected
  }

  /** One task at a time. Rejects with the Failure of the picture, or with `DecoderDeath`. */
  send<T extends Task>(task: T): Promise<Answers[T['kind']]> {
    const id = ++this.#ids
    return new Promise<Answers[T['kind']]>((resolve, reject) => {
      if (this.#death) return reject(this.#death)
      this.#pending = { id, resolve, reject }
      const message: ToDecoder = { id, task }
      // Where it cannot be told, its end is on the way and rejects.
      if (this.#child.connected) this.#child.send(message, () => {})
    })
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #hear(message: FromDecoder): void {
    if (message.kind === 'ready') {
      this.#wasReady = true
      this.#onReady()
      return
    }
    const pending = this.#pending
    if (message.id !== pending?.id) return
    this.#pending = undefined
    if (message.kind === 'answer') pending.resolve(message.answer as never)
    else pending.reject(new Failure(message.code, message.message))
  }

  #die(how: string): void {
    if (this.#death) return
    // A kill that is not ours is the system's, for want of memory.
    const said = /out of memory|allocation failed|bad_alloc/i.test(this.#lastWords)
    const ranOutOfMemory = said || how === 'SIGKILL'
    const wasReady = this.#wasReady
    this.#death = new DecoderDeath(how, { ranOutOfMemory, wasReady })
    this.#pending?.reject(this.#death)
    this.#pending = undefined
    this.#onReady()
  }
}

/** Of JavaScript's heap; pixels are outside of it. */
const HEAP_MEBIBYTES = 128

/**
 * The program to start. prlimit bounds RLIMIT_DATA, what a process may write to, before the first
 * byte is read; RLIMIT_AS would count the 32 GB of addresses that V8 reserves and never uses.
 */
function limited(memoryLimit: number): { readonly execPath: string; readonly execArgv: string[] } {
  const node = [`--max-old-space-size=${HEAP_MEBIBYTES}`, ...typescriptLoader()]
  const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path))
  if (!prlimit) return { execPath: process.execPath, execArgv: node }
  const limits = [`--data=${memoryLimit}`, '--core=0', '--nofile=256']
  return { execPath: prlimit, execArgv: [...limits, process.execPath, ...node] }
}
