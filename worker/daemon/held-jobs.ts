/** The jobs that a worker holds, each in its stage: what is beaten for, and what is given back. */
import { EventEmitter, once } from 'node:events'
import type { Claim } from '#contract'
import type { AttemptStage, StopReason } from './attempt.ts'

export interface HeldJob {
  readonly claim: Claim
  readonly stage: AttemptStage
  readonly signal: AbortSignal
  readonly enter: (stage: AttemptStage) => void
  readonly stop: (reason: StopReason) => void
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
      let stage: AttemptStage = 'preparing'
      const job: HeldJob = {
        claim,
        get stage() {
          return stage
        },
        signal: stopping.signal,
        enter(next) {
          stage = next
          changed()
        },
        stop: (reason) => stopping.abort(reason),
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
      const either = AbortSignal.any([signal, AbortSignal.timeout(mostMs)])
      await once(changes, 'change', { signal: either }).catch(() => {})
    },
  }
}
