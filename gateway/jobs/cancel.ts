/** Ends jobs that their callers do not want any more, wherever they are. */
import type { Queue } from '#contract'
import type { Log } from '#platform/log.ts'
import { askToCancel, unansweredWishes } from '../store/cancel-job.ts'
import { endIfWaiting } from '../store/end-waiting.ts'
import { jobById } from '../store/find-jobs.ts'
import type { AttemptRow, JobStatus, Owner } from '../store/job-row.ts'
import { settle } from '../store/settle.ts'
import type { SettleLocalParts } from './settle-local.ts'
import { readEnd } from './watch-local.ts'

export interface CancelParts extends SettleLocalParts {
  readonly queue: Pick<Queue, 'cancel' | 'job'>
  readonly log: Log
  /** Another provider's attempt: it is asked to stop, and what it answers is settled by who looks after it. */
  readonly cancelRemote: (attempt: AttemptRow) => Promise<void>
}

const AT_ONCE = 50

/**
 * Remembers the wish, and does at once what can be done at once. What a worker or a provider has already stops when it
 * hears of it; `answerWishes` sees to it that it does.
 * @returns the state the job has now, which an ended one keeps; undefined for one that is not the owner's.
 */
export async function cancelJob(
  id: string,
  owner: Owner,
  parts: CancelParts,
): Promise<JobStatus | undefined> {
  const status = await askToCancel(parts.database, id, owner)
  if (status !== 'queued' && status !== 'processing') return status
  // The wish is kept. Where the queue is away it is answered when that is back.
  await answerWish(id, parts).catch((error) => {
    parts.log.warn('not cancelled yet', { jobId: id, error })
  })
  return (await jobById(parts.database, id))?.status
}

/** Wishes that were not answered: the queue was away, or the gateway that heard them died. @returns how many there were. */
export async function answerWishes(parts: CancelParts): Promise<number> {
  const ids = await unansweredWishes(parts.database, AT_ONCE)
  for (const id of ids) {
    await answerWish(id, parts).catch((error) => {
      parts.log.warn('not cancelled yet', { jobId: id, error })
    })
  }
  return ids.length
}

async function answerWish(id: string, parts: CancelParts): Promise<void> {
  const { database, queue, onChanged, cancelRemote } = parts
  const begun = await endIfWaiting(database, id, { status: 'cancelled' })
  if (begun === undefined) {
    onChanged?.(id)
    return
  }
  if (begun.provider !== 'local-sdxl') return await cancelRemote(begun)
  // Also what the dispatcher has not pushed yet is dropped by this, when it is taken.
  const answer = await queue.cancel(id)
  if (answer === 'cancelling') return
  if (answer === 'cancelled') {
    await settle(database, begun, { status: 'cancelled' })
    onChanged?.(id)
    return
  }
  await readEnd(id, parts)
}
