/** How the queue is set while it is harmed: short leases, so that many lapse, and everything else by their measure. */
import type { QueueSettings } from '#contract'

/** Today's list. */
export const QUEUE = 'sdxl_queue'

export const LEASE_MS = 2_000

export interface Pace {
  readonly settings: Partial<QueueSettings> & { readonly blockMs: number }
  /** Several in each lease, so that one that is lost with its connection costs nothing. */
  readonly beatMs: number
  readonly sweepMs: number
  readonly scanMs: number
  readonly callbacksMs: number
}

export function paceOf(leaseMs: number): Pace {
  return {
    settings: {
      name: QUEUE,
      leaseMs,
      blockMs: Math.floor(leaseMs / 3),
      // Chance may kill one job's workers again and again; it is no poison for that.
      mostStalls: 1_000,
      backoff: { baseMs: 250, mostMs: 2_000 },
    },
    beatMs: Math.floor(leaseMs / 4),
    sweepMs: Math.floor(leaseMs / 6),
    scanMs: 10_000,
    callbacksMs: 100,
  }
}
