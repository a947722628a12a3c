/** How a worker goes without losing a job: what it has begun it ends, if there is time; the rest goes back in order. */
import type { QueueWorker } from '#contract'
import type { Log } from '#platform/log.ts'
import { stopReason } from '../job/attempt.ts'
import type { HeldJob, HeldJobs } from './held-jobs.ts'

export interface Leaving {
  readonly worker: QueueWorker
  readonly held: HeldJobs
  /** Renewals of leases, which would bring the worker back after it has left. */
  readonly beats: AsyncDisposable
  readonly log: Log
  readonly kill: AbortSignal
  /** Less than what stands between SIGTERM and SIGKILL, commonly 30 s. */
  readonly drainMs?: number
}

const DRAIN_MS = 25_000

/** `overrun`: something was given back that had been begun. */
export async function leave(leaving: Leaving): Promise<'drained' | 'overrun'> {
  const { worker, held, beats, log, kill, drainMs = DRAIN_MS } = leaving
  const deadline = performance.now() + drainMs
  await returnUndrawn(held, leaving)
  while (held.all().length > 0 && !kill.aborted && performance.now() < deadline) {
    const mostMs = Math.max(1, Math.ceil(deadline - performance.now()))
    await held.change({ mostMs, signal: kill })
  }
  const rest = held.all()
  for (const job of rest) job.stop('leave')
  await beats[Symbol.asyncDispose]()
  try {
    await worker.leave(rest.map(({ claim }) => claim))
  } catch (error) {
    // Its leases lapse then, and others take what it held.
    log.error('left without a word', { error })
    return 'overrun'
  }
  return rest.length === 0 ? 'drained' : 'overrun'
}

/** What nobody has begun to draw goes back at once, newest first, so that it keeps its place in the queue. */
export async function returnUndrawn(held: HeldJobs, parts: Returning): Promise<void> {
  const undrawn = held.all().filter(({ stage }) => stage === 'preparing')
  await giveBack(undrawn, held, parts)
}

/** What the queue did not take back when it was asked to: until it does, the worker holds it, and nobody draws it. */
export async function returnLeft(held: HeldJobs, parts: Returning): Promise<void> {
  const left = held.all().filter(({ stage, signal }) => {
    return stage === 'preparing' && stopReason(signal) === 'leave'
  })
  await giveBack(left, held, parts)
}

type Returning = Pick<Leaving, 'worker' | 'log'>

async function giveBack(
  jobs: readonly HeldJob[],
  held: HeldJobs,
  { worker, log }: Returning,
): Promise<void> {
  for (const job of jobs.toReversed()) {
    job.stop('leave')
    try {
      await worker.giveBack(job.claim)
      held.remove(job)
    } catch (error) {
      log.warn('not given back yet', { jobId: job.claim.id, error })
    }
  }
}
