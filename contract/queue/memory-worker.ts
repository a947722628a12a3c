/** A worker without Redis: as one thread runs everything, a take is a claim, and there is no inbox. */
import { createHash, randomUUID } from 'node:crypto'
import { lifetimes } from './keys.ts'
import {
  bury,
  delay,
  jobOf,
  type MemoryJob,
  type MemoryStore,
  putInFront,
  settle,
  tell,
  wake,
} from './memory-store.ts'
import type { Claim, Identity, QueueWorker } from './queue.ts'
import { readElement } from './read-element.ts'
import { backoffMs } from './settings.ts'

/** Of so many takes, one asks the queue before the priority lane, so that the queue cannot starve. */
const TURNS = 5

export function memoryWorker(name: string, store: MemoryStore): QueueWorker {
  const { at, now } = store
  let turn = 0

  const register = () => {
    const known = store.workers.get(name)
    store.workers.set(name, { ...known, lapses: now() + at.leaseMs })
  }

  /** The job, where this claim still holds it. */
  const heldBy = ({ id, token }: Claim): MemoryJob | undefined => {
    const job = store.jobs.get(id)
    return job?.status === 'active' && job.token === token ? job : undefined
  }

  function claimNext(): Claim | undefined {
    register()
    for (let raw = nextElement(); raw !== undefined; raw = nextElement()) {
      const bytes = Buffer.byteLength(raw)
      const isTooLarge = bytes > at.mostElementBytes
      const read = isTooLarge ? undefined : readElement(raw, store.options.idOf)
      if (!read) {
        const reason = isTooLarge ? 'too-large' : 'unreadable'
        bury(store, { raw, reason, attempts: 0, stalls: 0 })
        const sha1 = createHash('sha1').update(raw).digest('hex')
        store.note({ type: 'parked', sha1, bytes, reason })
        continue
      }
      const claim = claimElement(read)
      if (claim) return claim
    }
    return undefined
  }

  function nextElement(): string | undefined {
    if (!at.priority) return store.waiting.shift()
    const queueFirst = turn++ % TURNS === TURNS - 1
    const [first, next] = queueFirst
      ? [store.waiting, store.priority]
      : [store.priority, store.waiting]
    return first.shift() ?? next.shift()
  }

  function claimElement({ id, normalised: raw, owner }: Identity): Claim | undefined {
    const isNew = !store.jobs.has(id)
    const job = jobOf(store, id)
    const mayRun = isNew || job.status === 'queued' || (job.status === 'failed' && job.retryable)
    if (!mayRun) {
      job.duplicates++
      store.note({ type: 'duplicate', id, status: job.status })
      return undefined
    }
    if (job.status === 'failed')
      Object.assign(job, { attempts: 0, stalls: 0, code: '', result: '' })
    delete job.forgottenAt
    const token = randomUUID()
    const changed = {
      status: 'active',
      token,
      worker: name,
      raw,
      owner,
      startedAt: now(),
      until: now() + at.leaseMs,
    }
    Object.assign(job, changed)
    const firstSeenAt = job.firstSeenAt ?? job.startedAt
    job.firstSeenAt = firstSeenAt
    job.fence++
    tell(job, 'active')
    const { fence, attempts, stalls, startedAt } = job
    return { id, fence, token, raw, attempts, stalls, startedAt, firstSeenAt }
  }

  /** Until something is pushed, the wait is over, or somebody wants it to end. */
  const sleep = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        store.sleepers.delete(end)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, at.blockMs)
      store.sleepers.add(end)
      signal?.addEventListener('abort', end, { once: true })
    })

  async function giveBack(claim: Claim) {
    const job = heldBy(claim)
    if (!job) return 'lost'
    if (job.isCancelled) {
      settle(store, job, { status: 'cancelled', code: 'cancelled' })
      return 'cancelled'
    }
    putInFront(store, job)
    return 'queued'
  }

  return {
    name,
    giveBack,
    async take({ signal } = {}) {
      if (signal?.aborted) return undefined
      const claim = claimNext()
      if (claim) return claim
      await sleep(signal)
      return signal?.aborted ? undefined : claimNext()
    },
    async beat(held, health = {}) {
      const lapses = now() + at.leaseMs
      store.workers.set(name, { lapses, health: JSON.stringify(health) })
      return held.map((claim) => {
        const job = heldBy(claim)
        if (!job) return 'lost'
        job.until = lapses
        return job.isCancelled ? 'cancel' : 'held'
      })
    },
    async progress(claim, data, preview) {
      const job = heldBy(claim)
      if (!job) return false
      if (preview) job.preview = { text: preview, until: now() + lifetimes.preview }
      tell(job, 'progress', JSON.stringify(data))
      return true
    },
    async finish(claim, outcome) {
      const job = heldBy(claim)
      if (!job) return store.jobs.get(claim.id)?.settled === claim.token ? 'finished' : 'lost'
      job.settled = claim.token
      job.retryable = outcome.status === 'failed' && outcome.retryable
      settle(store, job, outcome)
      return 'finished'
    },
    async retryLater(claim, { code, result, atLeastMs = 0 }) {
      const job = heldBy(claim)
      if (!job) return 'lost'
      if (job.isCancelled) {
        settle(store, job, { status: 'cancelled', code: 'cancelled' })
        return 'cancelled'
      }
      const jitter = backoffMs(job.attempts, at.backoff, store.options.random ?? Math.random)
      job.attempts++
      if (job.attempts > at.mostAttempts) {
        const { id, attempts, stalls, raw = '' } = job
        bury(store, { id, raw, reason: code, attempts, stalls })
        settle(store, job, { status: 'failed', code, result })
        return 'dead'
      }
      delay(store, job, Math.max(atLeastMs, jitter), code)
      return 'delayed'
    },
    async leave(held) {
      for (const claim of held.toReversed()) await giveBack(claim)
      store.workers.delete(name)
      wake(store)
    },
  }
}
