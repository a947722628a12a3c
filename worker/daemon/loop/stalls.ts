/**
 * The last watch over whoever draws. An engine's own watchdog ends it long before this does; where that fails too, the
 * job must not be held, by beats that go on and on, for a picture that never comes.
 */
import type { Log } from '#platform/log.ts'
import { repeat } from '#platform/repeat.ts'
import type { HeldJob, HeldJobs } from './held-jobs.ts'

export interface StallWatch {
  readonly held: HeldJobs
  /** How long a job may be drawn without a sign of life, in ms; asked anew at each look. */
  readonly stallMs: () => number
  readonly log: Log
  /** Told of each that was abandoned: it is no longer held, so that its lease lapses and another takes it. */
  readonly onStall: (job: HeldJob) => void
}

/** Of an engine that tells nothing of its patience. */
const PATIENCE_MS = 15 * 60_000
const LOOK_MS = 5_000

/** An engine that begins anew loads, then is in a stage, each for as long as its watchdog lets it, without a word. */
export const stallAfter = (patienceMs = PATIENCE_MS): number => 2 * patienceMs + 60_000

export function watchStalls({ held, stallMs, log, onStall }: StallWatch): AsyncDisposable {
  const look = async () => {
    for (const job of held.all()) {
      if (job.stage !== 'drawing' || job.silentMs() < stallMs()) continue
      job.abandon()
      onStall(job)
    }
  }
  return repeat(look, {
    every: Math.min(LOOK_MS, stallMs() / 4),
    onError: (error) => log.error('engines not watched', { error }),
  })
}
