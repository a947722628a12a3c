/** The queue by hand, in memory: what `redis-by-hand.ts` does by scripts. */
import type { ByHand, FoundWaiting, Glance, Lane } from './by-hand.ts'
import {
  jobOf,
  type MemoryJob,
  type MemoryStore,
  owedOf,
  settle,
  tell,
  wake,
} from './memory-store.ts'
import { readElement } from './read-element.ts'

export function memoryByHand(store: MemoryStore): ByHand {
  const { jobs, waiting, at, now } = store
  const lanes = { queue: waiting, priority: store.priority }

  const glance = (job: MemoryJob): Glance => {
    const { id, status, fence, attempts, stalls, isCancelled, callbacks, worker, code } = job
    const owed = store.outbox.get(id)
    return {
      ...{ id, status, fence, attempts, stalls, isCancelled, callbacks },
      ...(worker && { worker }),
      ...(code && { code }),
      ...(job.firstSeenAt && { sinceSeen: now() - job.firstSeenAt }),
      ...(job.startedAt && { sinceStart: now() - job.startedAt }),
      ...(isEnd(job) && { sinceEnd: now() - job.finishedAt }),
      ...((status === 'active' || status === 'delayed') && { left: job.until - now() }),
      ...(owed !== undefined && { untilCallback: owed - now() }),
    }
  }
  const earliest = (status: Glance['status'], count: number) => {
    const those = [...jobs.values()].filter((job) => job.status === status)
    const sorted = those.toSorted((a, b) => a.until - b.until || (a.id < b.id ? -1 : 1))
    return sorted.slice(0, Math.max(0, count)).map(glance)
  }
  const findIn = (lane: Lane, id: string): FoundWaiting | undefined => {
    for (const [ahead, raw] of lanes[lane].entries()) {
      if (Buffer.byteLength(raw) > at.mostElementBytes) continue
      const read = readElement(raw, store.options.idOf)
      if (read?.id === id) return { raw, ...read, lane, ahead }
    }
    return undefined
  }
  const find = (id: string) => findIn('priority', id) ?? findIn('queue', id)

  return {
    async waiting({ from, count, lane = 'queue' }) {
      return lanes[lane].slice(from, from + Math.max(0, count)).map((raw) => {
        const bytes = Buffer.byteLength(raw)
        return { bytes, ...(bytes <= at.mostElementBytes && { raw }) }
      })
    },
    active: async (count) => earliest('active', count),
    delayed: async (count) => earliest('delayed', count),
    glance: async (ids) =>
      ids.map((id) => {
        const job = jobs.get(id)
        return job && glance(job)
      }),
    findWaiting: async (id) => find(id),
    async retry(id) {
      const job = jobs.get(id)
      if (!job) return 'unknown'
      if (job.status !== 'failed') return job.status
      Object.assign(job, { status: 'queued', retryable: false, code: '', result: '' }, nothing)
      delete job.forgottenAt
      owedOf(store, job).delete(id)
      waiting.push(job.raw ?? '')
      tell(job, 'queued')
      wake(store)
      return 'retried'
    },
    async drop(id) {
      const found = find(id)
      const copies = found ? removeAll(lanes[found.lane], found.raw) : 0
      const known = jobs.get(id)
      if (known?.status === 'active') {
        known.isCancelled = true
        return { answer: 'cancelling', copies }
      }
      if (!known && !found) return { answer: 'unknown', copies }
      const job = known ?? jobOf(store, id)
      const isAgain = job.status === 'failed' && job.retryable && found !== undefined
      if (isEnd(job) && !isAgain) {
        job.retryable = false
        return { answer: job.status, copies }
      }
      if (isAgain) Object.assign(job, { retryable: false }, nothing)
      if (found && (isAgain || !job.raw)) {
        Object.assign(job, { raw: found.normalised, owner: found.owner })
      }
      job.fence++
      delete job.forgottenAt
      settle(store, job, { status: 'cancelled', code: 'cancelled' })
      return { answer: 'dropped', copies }
    },
  }
}

const nothing = { attempts: 0, stalls: 0 }

const isEnd = (
  job: MemoryJob,
): job is MemoryJob & { status: 'completed' | 'failed' | 'cancelled' } =>
  job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled'

/** @returns how many there were. */
function removeAll(lane: string[], raw: string): number {
  const before = lane.length
  const kept = lane.filter((each) => each !== raw)
  lane.splice(0, before, ...kept)
  return before - kept.length
}
