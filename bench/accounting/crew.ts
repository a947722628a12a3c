/** The workers, each a process of its own: started, killed, replaced. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { WorkerTask } from './worker-task.ts'

/** What a worker is started with: swapped, it makes another worker the one that is accounted for. */
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

export interface CrewOptions extends Omit<WorkerTask, 'name' | 'redis'> {
  /** One for each worker. */
  readonly redis: readonly string[]
}

export interface Crew extends AsyncDisposable {
  /** Resolves once a kill need not wait. */
  readonly canKill: () => Promise<void>
  /** SIGKILL, once another can come in its place. @returns false where there is none in that slot just now. */
  readonly kill: (slot: number) => Promise<boolean>
  /** SIGSTOP: nothing of it runs, and what it holds stays held. @returns what lets it go on. */
  readonly freeze: (slot: number) => () => void
  /** Rejects once a worker ends otherwise than by SIGKILL. */
  readonly broken: Promise<never>
  /** Of the living and the dead. */
  readonly names: () => readonly string[]
}

/** Loaded, and told of nothing yet. */
interface Spare {
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

/**
 * Whoever is killed, by whomever, is replaced by one that was started before: on a busy machine starts take longer than
 * the time between two kills, and nobody would ever work.
 */
export function startCrew({ redis, ...shared }: CrewOptions): Crew {
  const names: string[] = []
  const children: (ChildProcess | undefined)[] = []
  let isOver = false
  let breakWith: (error: Error) => void = () => {}
  const broken = new Promise<never>((_, reject) => {
    breakWith = reject
  })
  // It may break when nobody listens any more.
  broken.catch(() => {})

  const spawned = (): Spare => {
    const child = spawn(process.execPath, ['--import', 'tsx', WORKER], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000)
    })
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') return
      breakWith(new Error(`a worker ended by itself with ${code ?? signal}: ${said}`))
    })
    const ready = new Promise<void>((resolve) => child.once('message', () => resolve()))
    return { child, ready }
  }
  let spare = spawned()

  const fill = async (slot: number): Promise<void> => {
    const { child, ready } = spare
    spare = spawned()
    child.once('exit', () => {
      children[slot] = undefined
      if (!isOver) void fill(slot)
    })
    children[slot] = child
    await ready
    const name = `worker-${slot}-${names.length}`
    names.push(name)
    const task: WorkerTask = { ...shared, name, redis: redis[slot] ?? '' }
    // One that was killed meanwhile hears nothing.
    child.send(task, () => {})
  }
  for (const slot of redis.keys()) void fill(slot)

  return {
    broken,
    canKill: () => spare.ready,
    async kill(slot) {
      await spare.ready
      return await killed(children[slot])
    },
    freeze(slot) {
      const child = children[slot]
      child?.kill('SIGSTOP')
      return () => child?.kill('SIGCONT')
    },
    names: () => names,
    async [Symbol.asyncDispose]() {
      isOver = true
      await Promise.all([...children, spare.child].map(killed))
    },
  }
}

/** False where there was nothing to kill. */
async function killed(child: ChildProcess | undefined): Promise<boolean> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return false
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
  return true
}
