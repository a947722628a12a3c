/** The jobs that a worker holds, each in its stage: what is beaten for, and what is given back. */
import { EventEmitter, once } from 'node:events'
import type { Claim } from '#contract'
import { within } from '#platform/within.ts'
import type { AttemptStage, JobFacts, StopReason } from '../job/attempt.ts'

export interface HeldJob {
  readonly claim: Claim
  readonly stage: AttemptStage
  readonly signal: AbortSignal
  readonly facts: JobFacts
  /** Milliseconds since it entered a stage last, be it the same again. */
  readonly silentMs: () => number
  readonly enter: (stage: AttemptStage) => void
  readonly tell: (facts: JobFacts) => void
  readonly stop: (reason: StopReason) => void
  /** Stops it as lost, and no longer waits for whoever draws it. */
  readonly abandon: () => void
  /** Aborted once it is abandoned. */
  readonly abandoned: AbortSignal
}

export interface HeldJobs {
  readonly add: (claim: Claim) => HeldJob
  readonly remove: (job: HeldJob) => void
  /** Oldest first. */
  readonly all: () => readonly HeldJob[]
  /** Resolves at the next change of any, once the signal is aborted, or after so many milliseconds. */
  readonly change: (until: {
    readonly mostMs: number
    readonly signal: AbortSignal
  }) => Promise<void>
}

export function createHeldJobs(): HeldJobs {
  const jobs = new Set<HeldJob>()
  const changes = new EventEmitter()
  const changed = () => changes.emit('change')
  return {
    add(claim) {
      const stopping = new AbortController()
      const abandoning = new AbortController()
      let stage: AttemptStage = 'preparing'
      let facts: JobFacts = {}
      let enteredAt = performance.now()
      const job: HeldJob = {
        claim,
        get stage() {
          return stage
        },
        get facts() {
          return facts
        },
        signal: stopping.signal,
        abandoned: abandoning.signal,
        silentMs: () => performance.now() - enteredAt,
        enter(next) {
          enteredAt = performance.now()
          if (next === stage) return
          stage = next
          changed()
        },
        tell(more) {
          facts = { ...facts, ...more, stages: { ...facts.stages, ...more.stages } }
        },
        stop: (reason) => stopping.abort(reason),
        abandon() {
          stopping.abort('lost' satisfies StopReason)
          abandoning.abort()
        },
      }
      jobs.add(job)
      changed()
      return job
    },
    remove(job) {
      jobs.delete(job)
      changed()
    },
    all: () => [...jobs],
    async change({ mostMs, signal }) {
      const wait = (either: AbortSignal) => once(changes, 'change', { signal: either })
      await within(mostMs, signal, wait).catch(() => {})
    },
  }
}
