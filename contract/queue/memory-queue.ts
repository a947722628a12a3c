/** The queue without Redis, for one process: the same verbs with the same answers. It is gone with the process. */
import { cancelledBy } from './by-hand.ts'
import { findLetter } from './dead-letters.ts'
import { memoryByHand } from './memory-by-hand.ts'
import {
  bury,
  delay,
  forgetLater,
  jobOf,
  type MemoryJob,
  type MemoryStore,
  mendClock,
  putInFront,
  settle,
  tell,
  wake,
} from './memory-store.ts'
import { memoryWorker } from './memory-worker.ts'
import type {
  Callbacks,
  EndStatus,
  JobEvent,
  JobStatus,
  OwedCallback,
  Queue,
  QueueOptions,
} from './queue.ts'
import { LEAST_BACK_LEASES, queueSettings } from './settings.ts'
import { nothingSwept, type Swept } from './swept.ts'
import { memoryTakenDown } from './taken-down.ts'

export interface MemoryQueueOptions extends QueueOptions {
  /** In ms. */
  readonly clock?: () => number
}

/** @throws Failure `configuration-invalid` for settings that would strand jobs on Redis, too. */
export function memoryQueue(options: MemoryQueueOptions): Queue {
  const store: MemoryStore = {
    at: queueSettings(options.settings),
    options,
    now: options.clock ?? Date.now,
    note: (note) => options.note?.(note),
    waiting: [],
    priority: [],
    jobs: new Map(),
    workers: new Map(),
    dead: [],
    outbox: new Map(),
    settlements: new Map(),
    sleepers: new Set(),
  }
  const { now, dead, waiting } = store
  const byHand = memoryByHand(store)
  let head: { readonly raw: string; readonly since: number } | undefined
  let sweptAt = Number.NEGATIVE_INFINITY

  const list: Queue['dead']['list'] = async ({ from, count }) => dead.slice(from, from + count)
  const takeDead = (name: string): boolean => {
    const index = dead.findIndex((letter) => letter.name === name)
    if (index >= 0) dead.splice(index, 1)
    return index >= 0
  }

  return {
    async push(raw, lane) {
      const into = lane === 'priority' ? store.priority : waiting
      into.push(raw)
      wake(store)
    },
    worker: (name) => memoryWorker(name, store),
    async cancel(id) {
      const job = jobOf(store, id)
      if (job.status === 'failed' && job.retryable) return cancelledBy(await byHand.drop(id))
      if (isEnd(job.status)) return job.status
      if (job.status === 'active') {
        job.isCancelled = true
        return 'cancelling'
      }
      Object.assign(job, { status: 'cancelled', code: 'cancelled', finishedAt: now() })
      forgetLater(store, job)
      tell(job, 'cancelled', 'cancelled')
      return 'cancelled'
    },
    async job(id) {
      const job = store.jobs.get(id)
      if (!job) return undefined
      const { status, fence, attempts, stalls, duplicates, raw, worker, code, result } = job
      return {
        ...{ status, fence, attempts, stalls, duplicates },
        ...(raw && { raw }),
        ...(worker && { worker }),
        ...(code && { code }),
        ...(result && { result }),
      }
    },
    events: async (id, after) => eventsAfter(store, id, after),
    async eventsOf(asked) {
      const all = asked.map(({ id, after }) => [id, eventsAfter(store, id, after)] as const)
      return new Map(all.filter(([, events]) => events.length > 0))
    },
    async previews(ids) {
      const known = ids.flatMap((id) => {
        const preview = store.jobs.get(id)?.preview
        return preview && preview.until > now() ? [[id, preview.text] as const] : []
      })
      return new Map(known)
    },
    async depth() {
      const jobs = [...store.jobs.values()]
      const raw = waiting[0]
      if (raw === undefined) head = undefined
      else if (head?.raw !== raw) head = { raw, since: now() }
      return {
        waiting: waiting.length,
        priority: store.priority.length,
        delayed: jobs.filter(({ status }) => status === 'delayed').length,
        active: jobs.filter(({ status }) => status === 'active').length,
        dead: dead.length,
        owedCallbacks: store.outbox.size,
        headAgeMs: head ? Math.max(0, now() - head.since) : 0,
      }
    },
    async workers() {
      const live = [...store.workers].filter(([, { lapses }]) => lapses > now())
      return live.map(([name, { lapses, health }]) => {
        return { name, lapsesAt: lapses, ...(health && { health }) }
      })
    },
    async sweep({ atMostEveryMs = 0 } = {}) {
      const since = now() - sweptAt
      if (since >= 0 && since < atMostEveryMs) return { ...nothingSwept, swept: false }
      if (-since >= LEAST_BACK_LEASES * store.at.leaseMs) mendClock(store, -since)
      sweptAt = now()
      return sweep(store)
    },
    scanOrphans: async () => 0,
    callbacks: memoryCallbacks(store.outbox, store),
    settlements: memoryCallbacks(store.settlements, store),
    dead: {
      list,
      find: (name) => findLetter(list, name),
      async retry(letter) {
        if (!takeDead(letter.name)) return false
        const job = letter.id ? store.jobs.get(letter.id) : undefined
        if (job?.status === 'failed') {
          Object.assign(job, { status: 'queued', attempts: 0, stalls: 0, code: '', result: '' })
          delete job.forgottenAt
        }
        waiting.push(letter.raw)
        wake(store)
        return true
      },
      drop: async (letter) => takeDead(letter.name),
    },
    byHand,
    takenDown: memoryTakenDown(),
  }
}

function eventsAfter({ jobs }: MemoryStore, id: string, after?: string): readonly JobEvent[] {
  const events = jobs.get(id)?.events ?? []
  const seen = after ? events.findIndex((event) => event.id === after) : -1
  return events.slice(seen + 1)
}

const isEnd = (status: JobStatus): status is EndStatus =>
  status === 'completed' || status === 'failed' || status === 'cancelled'

function sweep(store: MemoryStore): Swept {
  const counts = { ...nothingSwept }
  const at = store.now()
  for (const [name, { lapses }] of store.workers) if (lapses <= at) store.workers.delete(name)
  for (const job of dueWith(store, 'active')) counts[reclaim(store, job)]++
  for (const job of dueWith(store, 'delayed')) {
    putInFront(store, job)
    counts.promoted++
  }
  for (const { id, forgottenAt } of store.jobs.values()) {
    if (forgottenAt !== undefined && forgottenAt <= at) store.jobs.delete(id)
  }
  return counts
}

/** Latest first, so that the earliest is put in front of all others. */
function dueWith(store: MemoryStore, status: JobStatus): MemoryJob[] {
  const at = store.now()
  const due = [...store.jobs.values()].filter((job) => job.status === status && job.until <= at)
  return due.toSorted((a, b) => b.until - a.until || (a.id < b.id ? 1 : -1))
}

/** Counts the death of the worker that held the job, and gives it out again: at once, later, or never. */
function reclaim(
  store: MemoryStore,
  job: MemoryJob,
): 'requeued' | 'delayed' | 'dead' | 'cancelled' {
  if (job.isCancelled) {
    settle(store, job, { status: 'cancelled', code: 'cancelled' })
    return 'cancelled'
  }
  job.stalls++
  tell(job, 'stalled')
  if (job.stalls > store.at.mostStalls) {
    const { id, raw = '', attempts, stalls } = job
    bury(store, { id, raw, reason: 'poison', attempts, stalls })
    settle(store, job, { status: 'failed', code: 'poison' })
    return 'dead'
  }
  if (job.stalls === 1) {
    putInFront(store, job)
    return 'requeued'
  }
  delay(store, job, store.at.backoff.baseMs * 2 ** (job.stalls - 2), '')
  return 'delayed'
}

function memoryCallbacks(outbox: Map<string, number>, store: MemoryStore): Callbacks {
  const { jobs, now } = store
  const owing = ({ id, fence }: OwedCallback) => {
    const job = jobs.get(id)
    return job?.fence === fence && outbox.has(id) ? job : undefined
  }
  const putOff = (owed: OwedCallback, delayMs: number): MemoryJob | undefined => {
    const job = owing(owed)
    if (job?.callbacks !== owed.attempt) return undefined
    outbox.set(owed.id, now() + delayMs)
    return job
  }
  return {
    async due({ count, leaseMs }) {
      const due = [...outbox].filter(([, at]) => at <= now())
      const first = due.toSorted(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1)).slice(0, count)
      return first.flatMap(([id]) => {
        const job = jobs.get(id)
        if (!job || !isEnd(job.status)) {
          outbox.delete(id)
          return []
        }
        outbox.set(id, now() + leaseMs)
        job.callbacks++
        const { fence, status, raw = '', code, result, finishedAt } = job
        return [{ id, fence, attempt: job.callbacks, status, raw, code, result, finishedAt }]
      })
    },
    async done(owed) {
      const job = owing(owed)
      if (!job || !isEnd(job.status)) return
      outbox.delete(owed.id)
      forgetLater(store, job)
    },
    async later(owed, delayMs) {
      putOff(owed, delayMs)
    },
    async putBack(owed, delayMs) {
      const job = putOff(owed, delayMs)
      if (job) job.callbacks--
    },
  }
}
