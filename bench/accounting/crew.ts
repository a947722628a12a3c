/** The workers, each a process of its own: started, killed, replaced. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FinishRecord, finishRecord, type WorkerTask } from './worker-task.ts'

/** What a worker is started with: swapped, it makes another worker the one that is accounted for. */
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

export interface CrewOptions {
  /** One for each worker. */
  readonly redis: readonly string[]
  readonly receiver: string
  readonly leaseMs: number
  /** Where each worker keeps its record. */
  readonly folder: string
}

export interface Crew extends AsyncDisposable {
  /** SIGKILL, and another in its place. */
  readonly kill: (slot: number) => Promise<void>
  /** SIGSTOP: nothing of it runs, and what it holds stays held. @returns what lets it go on. */
  readonly freeze: (slot: number) => () => void
  /** Rejects once a worker ends that nobody killed. */
  readonly broken: Promise<never>
  /** Of the living and the dead. */
  readonly records: () => Promise<FinishRecord[]>
}

export function startCrew({ redis, receiver, folder, leaseMs }: CrewOptions): Crew {
  const names: string[] = []
  const recordOf = (name: string) => join(folder, `${name}.jsonl`)
  let breakWith: (error: Error) => void = () => {}
  const broken = new Promise<never>((_, reject) => {
    breakWith = reject
  })
  // It may break when nobody listens any more.
  broken.catch(() => {})

  const start = (slot: number): ChildProcess => {
    const name = `worker-${slot}-${names.length}`
    names.push(name)
    const where = { redis: redis[slot] ?? '', receiver, record: recordOf(name) }
    const task: WorkerTask = { name, leaseMs, ...where }
    const child = spawn(process.execPath, ['--import', 'tsx', WORKER, JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000)
    })
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') return
      breakWith(new Error(`${name} ended by itself with ${code ?? signal}: ${said}`))
    })
    return child
  }
  const children = redis.map((_, slot) => start(slot))

  return {
    broken,
    async kill(slot) {
      await killed(children[slot])
      children[slot] = start(slot)
    },
    freeze(slot) {
      const child = children[slot]
      child?.kill('SIGSTOP')
      return () => child?.kill('SIGCONT')
    },
    async records() {
      const files = await Promise.all(names.map((name) => linesOf(recordOf(name))))
      return files.flat().map((line) => finishRecord.parse(JSON.parse(line)))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(killed))
    },
  }
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

/** Nothing where the worker died before it finished a job. */
async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}
