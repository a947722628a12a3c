/**
 * Time runs out in two ways: a job that has waited too long for our workers is taken from them and given to whoever
 * can still do it, and one that nobody wants any more is ended.
 */
import { type Failure, failureTable, type Queue } from '#contract'
import { markRunning } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import type { AttemptRow } from '../store/job-row.ts'
import { expired, markLeaving, waitedTooLong } from '../store/overdue.ts'
import { settle } from '../store/settle.ts'
import { countEach } from './count-each.ts'
import { goOn, nextFor } from './go-on.ts'
import type { SettleLocalParts } from './settle-local.ts'
import { readEnd } from './watch-local.ts'

export interface DeadlineParts extends SettleLocalParts {
  readonly queue: Pick<Queue, 'cancel' | 'job'>
  /** Of the time to the deadline that may be spent in the line; 0.4 unless given, so that another has the most of it. */
  readonly waitShare?: number
  /** What whoever looks after a provider's attempt has, after the deadline, to end it in order; 10 s unless given. */
  readonly graceMs?: number
}

const AT_ONCE = 50
/** Until a job that nobody else can do now is asked about again. */
const AGAIN_MS = 2_000

const IN_LINE = 'worker-unavailable'
const OVER = 'deadline-expired'

/** One look. May be run by many gateways at once. @returns how many jobs went elsewhere, and how many ended. */
export async function watchDeadlines(
  parts: DeadlineParts,
): Promise<{ readonly moved: number; readonly ended: number }> {
  const { database, log, waitShare = 0.4, graceMs = 10_000 } = parts
  const waited = await waitedTooLong(database, {
    ...{ share: waitShare, count: AT_ONCE, leaseMs: AGAIN_MS },
  })
  const moved = await countEach(waited, (attempt) => moveOn(attempt, parts), {
    ...{ log, event: 'not moved on' },
  })
  const own = await expired(database, { local: true, graceMs: 0, count: AT_ONCE })
  const others = await expired(database, { local: false, graceMs, count: AT_ONCE })
  const ended = await countEach([...own, ...others], (attempt) => end(attempt, parts), {
    ...{ log, event: 'not ended' },
  })
  return { moved, ended }
}

/** Nobody else is asked before the queue has given its word that no worker begins it any more. */
async function moveOn(attempt: AttemptRow, parts: DeadlineParts): Promise<boolean> {
  const { database, queue } = parts
  const { id, jobId } = attempt
  const row = await jobById(database, jobId)
  if (!row || !nextFor(row, { attempt, code: IN_LINE }, { ...parts, isTrial: true })) return false
  if (!(await markLeaving(database, id, IN_LINE))) return false
  const answer = await withdraw(jobId, queue)
  if (answer === 'running') {
    // It has begun after all; it is left to end.
    await markRunning(database, id)
    return false
  }
  if (answer === 'ended') {
    await readEnd(jobId, parts)
    return false
  }
  // By its settlement, once the worker has let go.
  if (answer === 'stopping') return false
  const code = answer === 'away' ? 'queue-unavailable' : IN_LINE
  const message = failureTable[code].meaning
  return (await goOn({ attempt, state: 'cancelled', code, message }, parts)) === 'elsewhere'
}

/** `away`: the queue does not answer, and no word of it is waited for. Should a worker have it, the first end wins. */
async function withdraw(
  jobId: string,
  queue: DeadlineParts['queue'],
): Promise<'withdrawn' | 'running' | 'stopping' | 'ended' | 'away'> {
  try {
    if ((await queue.job(jobId))?.status === 'active') return 'running'
    const answer = await queue.cancel(jobId)
    if (answer === 'cancelled') return 'withdrawn'
    return answer === 'cancelling' ? 'stopping' : 'ended'
  } catch (error) {
    if (isAway(error)) return 'away'
    throw error
  }
}

async function end(attempt: AttemptRow, { database, queue, log, onChanged }: DeadlineParts) {
  const { jobId, provider } = attempt
  const { meaning: message } = failureTable[OVER]
  const answer = await settle(database, attempt, { status: 'failed', code: OVER, message })
  if (answer === 'superseded') return false
  log.info('settled', { jobId, status: 'failed', code: OVER, provider })
  onChanged?.(jobId)
  // The worker would end it by itself, later.
  if (provider === 'local-sdxl') await queue.cancel(jobId).catch(() => {})
  return true
}

const isAway = (error: unknown): error is Failure =>
  error instanceof Error && 'code' in error && error.code === 'queue-unavailable'
