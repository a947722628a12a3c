/** How the daemon is set while it is harmed: short leases, so that many lapse, and everything else by their measure. */
import type { QueueSettings } from '#contract'

/** Today's list. */
export const QUEUE = 'sdxl_queue'

export const LEASE_MS = 2_000

/**
 * Deaths that a job may cause. Chance kills, freezes and links take every fifth job from its worker, so that one in
 * 80,000 is thought poison that is none.
 */
const MOST_STALLS = 6

/** After so many deaths a job is buried. */
export const POISON_DEATHS = MOST_STALLS + 1

export interface Pace {
  readonly settings: Partial<QueueSettings> & { readonly blockMs: number }
  readonly beatMs: number
  readonly scanMs: number
  readonly outbox: {
    /** How many times faster than the daemon's its minutes pass. */
    readonly hurry: number
    readonly everyMs: number
    /** Less than its hurried lease, as the daemon's is. */
    readonly timeoutMs: number
  }
}

export function paceOf(leaseMs: number): Pace {
  return {
    settings: {
      name: QUEUE,
      leaseMs,
      blockMs: Math.floor(leaseMs / 3),
      mostStalls: MOST_STALLS,
      backoff: { baseMs: 100, mostMs: 2_000 },
    },
    // As the daemon divides its lease.
    beatMs: Math.floor(leaseMs / 6),
    scanMs: 10_000,
    outbox: { hurry: 60, everyMs: 200, timeoutMs: 1_000 },
  }
}
