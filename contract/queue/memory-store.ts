/** What the queue in memory holds, and the steps that several verbs share: the scripts' prelude, without Redis. */
import { createHash } from 'node:crypto'
import type { DeadLetter } from './dead-letters.ts'
import { EVENTS_KEPT, lifetimes } from './keys.ts'
import type { EndStatus, JobEvent, JobStatus, QueueNote, QueueOptions } from './queue.ts'
import type { QueueSettings } from './settings.ts'

export interface MemoryStore {
  readonly at: QueueSettings
  readonly options: QueueOptions
  readonly now: () => number
  readonly note: (note: QueueNote) => void
  /** In the order in which they are taken. */
  readonly waiting: string[]
  readonly priority: string[]
  readonly jobs: Map<string, MemoryJob>
  /** By name; a worker whose lease has lapsed is forgotten by the next sweep. */
  readonly workers: Map<string, { lapses: number; health?: string }>
  readonly dead: DeadLetter[]
  /** When to try a callback next, by job. */
  readonly outbox: Map<string, number>
  /** The same of the gateway's own jobs. */
  readonly settlements: Map<string, number>
  /** Takes that wait for an element. */
  readonly sleepers: Set<() => void>
}

export interface MemoryJob {
  readonly id: string
  status: JobStatus
  fence: number
  attempts: number
  stalls: number
  duplicates: number
  callbacks: number
  raw?: string
  owner?: 'gateway' | undefined
  worker?: string
  code: string
  result: string
  retryable: boolean
  isCancelled: boolean
  /** Of the claim that holds it, or held it last. */
  token?: string
  /** The token of the claim that finished it. */
  settled?: string
  /** Unset until somebody claims it. */
  firstSeenAt?: number
  startedAt: number
  finishedAt: number
  /** When the lease lapses while it is active; when the delay is over while it is delayed. */
  until: number
  /** When it is forgotten; unset while a callback is owed, or the job not ended. */
  forgottenAt?: number
  readonly events: JobEvent[]
  preview?: { readonly text: string; readonly until: number }
}

/** The job of this id, made where there is none. */
export function jobOf(store: MemoryStore, id: string): MemoryJob {
  const known = store.jobs.get(id)
  if (known) return known
  const job: MemoryJob = {
    id,
    status: 'queued',
    fence: 0,
    attempts: 0,
    stalls: 0,
    duplicates: 0,
    callbacks: 0,
    code: '',
    result: '',
    retryable: false,
    isCancelled: false,
    startedAt: 0,
    finishedAt: 0,
    until: 0,
    events: [],
  }
  store.jobs.set(id, job)
  return job
}

let eventNumber = 0

export function tell(job: MemoryJob, type: JobEvent['type'], data = ''): void {
  job.events.push({ id: `${++eventNumber}-0`, type, data })
  if (job.events.length > EVENTS_KEPT) job.events.shift()
}

/** To whom the end of a job is news. */
export const owedOf = (store: MemoryStore, { owner }: MemoryJob): Map<string, number> =>
  owner === 'gateway' ? store.settlements : store.outbox

/** State and what is now owed are one step. */
export function settle(
  store: MemoryStore,
  job: MemoryJob,
  end: { readonly status: EndStatus; readonly code?: string; readonly result?: string },
): void {
  job.status = end.status
  job.code = end.code ?? ''
  job.result = end.result ?? ''
  job.finishedAt = store.now()
  job.isCancelled = false
  job.callbacks = 0
  delete job.worker
  owedOf(store, job).set(job.id, store.now())
  tell(job, end.status, job.code)
}

export function putInFront(store: MemoryStore, job: MemoryJob): void {
  job.status = 'queued'
  delete job.worker
  store.waiting.unshift(job.raw ?? '')
  tell(job, 'queued')
  wake(store)
}

export function delay(store: MemoryStore, job: MemoryJob, ms: number, code: string): void {
  job.status = 'delayed'
  delete job.worker
  job.until = store.now() + ms
  tell(job, 'delayed', code)
}

export function forgetLater(store: MemoryStore, job: MemoryJob): void {
  const life = job.status === 'completed' ? lifetimes.completed : lifetimes.ended
  job.forgottenAt = store.now() + life
}

/** Lets every take that sleeps look once more. */
export function wake(store: MemoryStore): void {
  for (const sleeper of store.sleepers) sleeper()
}

let letterNumber = 0

export function bury(store: MemoryStore, letter: Omit<DeadLetter, 'name' | 'at'>): void {
  const name = createHash('sha1').update(`${++letterNumber} ${letter.raw}`).digest('hex')
  store.dead.push({ ...letter, name, at: store.now() })
}

/** What `mend-clock.lua` does: what is due later than anything could be that was written down since is due as much earlier. */
export function mendClock(store: MemoryStore, back: number): void {
  const late = store.now() + back / 2
  const mended = (at: number) => (at > late ? at - back : at)
  for (const worker of store.workers.values()) worker.lapses = mended(worker.lapses)
  for (const job of store.jobs.values()) job.until = mended(job.until)
  for (const owed of [store.outbox, store.settlements]) {
    for (const [id, at] of owed) owed.set(id, mended(at))
  }
}
