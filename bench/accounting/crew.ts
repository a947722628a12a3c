/** The workers, each a process of its own: started, killed, replaced. */
import { fileURLToPath } from 'node:url'
import { keepProcesses, type Processes } from './processes.ts'
import type { WorkerTask } from './worker-task.ts'

/** What a worker is started with: swapped, it makes another worker the one that is accounted for. */
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

export interface CrewOptions extends Omit<WorkerTask, 'name' | 'redis'> {
  /** One for each worker. */
  readonly redis: readonly string[]
}

export interface Crew extends Processes {
  /** Of the living and the dead. */
  readonly names: () => readonly string[]
}

export function startCrew({ redis, ...shared }: CrewOptions): Crew {
  const names: string[] = []
  const taskOf = (slot: number, number: number): WorkerTask => {
    const name = `worker-${slot}-${number}`
    names.push(name)
    return { ...shared, name, redis: redis[slot] ?? '' }
  }
  const processes = keepProcesses({ file: WORKER, slots: redis.length, taskOf })
  return { ...processes, names: () => names }
}
