/** A job that a connection is held for, as clients of the older kinds expect: whoever hangs up does not want it any more. */
import { Failure } from '#contract'
import { within } from '#platform/within.ts'
import type { Asking } from '../jobs/accept.ts'
import type { JobRequest } from '../requests/job-request.ts'
import type { JobRow } from '../store/job-row.ts'
import type { SurfaceParts } from './surface-parts.ts'

/** After which the job is given up, and nobody waits longer. */
export const HELD_JOB_MS = 300_000
/** In which whoever watches deadlines may say so first. */
const GRACE_MS = 5_000

export interface Holding extends Asking {
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal
  /** Told once the job is kept: from here on to ask again would make another. */
  readonly onAccepted?: () => void
}

/**
 * As it has ended, completed or cancelled. Throws what `accept` does, why the job failed, and `deadline-expired` or
 * `shutting-down` where it was not over in time, or the gateway leaves: it is cancelled then.
 */
export async function heldJob(
  request: JobRequest,
  { gone, onAccepted, ...asking }: Holding,
  parts: SurfaceParts,
): Promise<JobRow> {
  const { heldMs = HELD_JOB_MS + GRACE_MS } = parts
  const asked = { ...request, deadline_ms: HELD_JOB_MS }
  const { row } = await parts.accept(asked, asking)
  onAccepted?.()
  const { found, isLate } = await within(heldMs, gone, async (signal) => {
    const found = await parts.waitForEnd(row.id, signal)
    return { found, isLate: signal.aborted }
  })
  if (found === undefined) throw new Failure('not-found', 'The job was deleted while it ran.')
  if (found.finishedAt === null) {
    // Nobody else knows of it: it would be drawn and paid for in vain.
    await parts.cancel(row.id, asking.caller)
    throw unfinished(gone.aborted, isLate)
  }
  if (found.failure) throw new Failure(found.failure.code, found.failure.message)
  return found
}

function unfinished(isGone: boolean, isLate: boolean): Failure {
  if (isGone) return new Failure('cancelled', 'The client went away.')
  if (isLate) {
    return new Failure('deadline-expired', 'The picture was not done in time. Ask again later.')
  }
  return new Failure('shutting-down', 'This gateway is about to end. Ask once more.')
}
