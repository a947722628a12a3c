/** What a worker does for as long as it lives, whatever its jobs do: it renews its leases, and looks after the dead. */
import type { Queue, QueueWorker } from '#contract'
import type { Log } from '#platform/log.ts'
import { repeat } from '#platform/repeat.ts'
import type { HeldJobs } from './held-jobs.ts'

export interface Beating {
  readonly queue: Queue
  readonly worker: QueueWorker
  readonly held: HeldJobs
  readonly log: Log
  readonly health: () => Readonly<Record<string, unknown>>
  readonly beatMs?: number
  /** Between two searches for what workers left whom nobody remembers. */
  readonly scanMs?: number
  /** Told of each beat that the queue has heard. */
  readonly onBeat?: () => void
}

const BEAT_MS = 5_000
const SCAN_MS = 600_000

/**
 * Begins at once. Every job that is held is beaten for: an engine that stands still is ended by its own watchdog, so
 * that none is held for a dead one. A job that was cancelled, or that another has, is stopped.
 */
export function keepBeating(beating: Beating): AsyncDisposable {
  const { queue, log, beatMs = BEAT_MS, scanMs = SCAN_MS } = beating
  const onError = (error: unknown) => log.warn('queue did not hear', { error })
  // One of many workers sweeps for all.
  const sweep = () => queue.sweep({ atMostEveryMs: Math.ceil(0.8 * beatMs) })
  const all = [
    repeat(() => beat(beating), { every: beatMs, onError }),
    repeat(sweep, { every: beatMs, onError }),
    repeat(() => queue.scanOrphans(), { every: scanMs, onError }),
  ]
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

async function beat({ worker, held, health, onBeat }: Beating): Promise<void> {
  const jobs = held.all()
  const standings = await worker.beat(
    jobs.map(({ claim }) => claim),
    health(),
  )
  onBeat?.()
  for (const [i, job] of jobs.entries()) {
    const standing = standings[i]
    // One whose finish is under way may be over already, which is as good as lost to a beat.
    if (job.stage === 'finishing' || standing === 'held' || standing === undefined) continue
    job.stop(standing)
  }
}
