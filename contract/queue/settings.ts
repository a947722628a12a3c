/** What a queue can be told, with defaults, and which combinations would strand jobs. */
import { Failure } from '../failure.ts'

export interface QueueSettings {
  readonly name: string
  /** Which end is taken from. Producers push to the right, so `left` is first in, first out. */
  readonly pop: 'left' | 'right'
  /** How long a worker that has gone silent keeps its jobs, in ms. */
  readonly leaseMs: number
  /** How long one wait for an element lasts, in ms. */
  readonly blockMs: number
  /** Whether the priority lane is asked too. A wait then lasts a second at most. */
  readonly priority: boolean
  /** Deaths of workers that a job may cause before it is poison. */
  readonly mostStalls: number
  /** Failed attempts that are followed by another. */
  readonly mostAttempts: number
  readonly backoff: { readonly baseMs: number; readonly mostMs: number }
  /** A longer element is parked unread. */
  readonly mostElementBytes: number
}

export const defaultQueueSettings: QueueSettings = {
  name: 'sdxl_queue',
  pop: 'left',
  leaseMs: 30_000,
  blockMs: 5_000,
  priority: false,
  mostStalls: 2,
  mostAttempts: 3,
  backoff: { baseMs: 1_000, mostMs: 60_000 },
  mostElementBytes: 256 * 1024,
}

/** A clock that went back by fewer leases is waited for. Half of that is more than a lease that was given since. */
export const LEAST_BACK_LEASES = 4

/** Of a preview, before it is written as base64. */
export const MOST_PREVIEW_BYTES = 16 * 1024

/** Redis 6.2 rounds 1 ms down to 0, which is for ever. */
const SHORTEST_BLOCK_MS = 10

/**
 * Fills in the defaults.
 * @throws Failure `configuration-invalid` where a wait may outlast half a lease: the wait of a worker that
 * froze would then fill an inbox that was swept already. Also for names that are patterns or hash tags.
 */
export function queueSettings(given: Partial<QueueSettings> = {}): QueueSettings {
  const settings = { ...defaultQueueSettings, ...given }
  if (!/^[A-Za-z0-9_.:-]+$/.test(settings.name)) {
    throw invalid('The queue’s name may hold letters, digits and _ . : - alone.')
  }
  if (!(settings.blockMs >= SHORTEST_BLOCK_MS)) {
    throw invalid(`A wait on the queue must be ${SHORTEST_BLOCK_MS} ms or longer.`)
  }
  if (!(settings.blockMs < settings.leaseMs / 2)) {
    const { blockMs, leaseMs } = settings
    throw invalid(
      `A wait of ${blockMs} ms strands jobs with a lease of ${leaseMs} ms. Make it less than half of it.`,
    )
  }
  return settings
}

/** Full jitter: anything from nothing to `base · 2^attempts`, so that what failed together does not return together. */
export function backoffMs(
  attempts: number,
  { baseMs, mostMs }: QueueSettings['backoff'],
  random: () => number,
): number {
  return Math.round(random() * Math.min(mostMs, baseMs * 2 ** attempts))
}

const invalid = (message: string) => new Failure('configuration-invalid', message)
