/** Reads what our workers finished, and ends the jobs with it: the queue forgets only what the database knows. */
import {
  type Asset,
  type Callbacks,
  type EndStatus,
  Failure,
  type FailureCode,
  failureTable,
  type JobResult,
  type OwedCallback,
  readFailure,
  readResult,
} from '#contract'
import { discard, publish, removePublished, unstorable } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Tracing } from '#platform/tracing/span.ts'
import { Refusal } from '../../policy/refusal.ts'
import { localAttempt } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import type { AttemptRow, JobRow } from '../store/job-row.ts'
import { settle } from '../store/settle.ts'
import { takenDownAmong } from '../trust/lineage.ts'
import { type GoOnParts, goOn, isOver } from './go-on.ts'
import { messagePartOf, traceparentOf } from './trace-job.ts'

export interface SettleLocalParts extends GoOnParts {
  readonly storage: Storage | undefined
  /** What became of a job at our workers; no failure where it went well. */
  readonly onLocalEnd?: ((failure?: Failure) => void) | undefined
  /** Undefined where nobody traces. */
  readonly tracing?: Tracing | undefined
}

/** As the queue's record, or its settlement, tells it. */
export interface LocalEnd {
  readonly id: string
  readonly status: EndStatus
  readonly code: string
  readonly result: string
}

const AT_ONCE = 20
/** Longer than publishing and settling may take. */
const LEASE_MS = 60_000
/** After a database or a storage that was away. */
const AGAIN_MS = 1_000

/** One look. @returns how many ends were read; those that could not be kept come again. */
export async function settleLocal(
  settlements: Callbacks,
  parts: SettleLocalParts,
): Promise<number> {
  const due = await settlements.due({ count: AT_ONCE, leaseMs: LEASE_MS })
  await Promise.all(due.map((owed) => settleOne(owed, settlements, parts)))
  return due.length
}

async function settleOne(
  owed: OwedCallback,
  settlements: Callbacks,
  parts: SettleLocalParts,
): Promise<void> {
  try {
    await endTraced(owed, parts)
  } catch (error) {
    parts.log.warn('not settled', { jobId: owed.id, attempt: owed.attempt, error })
    await settlements.later(owed, AGAIN_MS)
    return
  }
  await settlements.done(owed)
}

async function endTraced(end: LocalEnd, parts: SettleLocalParts): Promise<void> {
  const { database, tracing } = parts
  if (!tracing) return await endLocal(end, parts)
  const traceparent = await traceparentOf(database, end.id)
  const place = messagePartOf({ id: end.id, traceparent }, 'consumer')
  await tracing.during('settle', () => endLocal(end, parts), place)
}

/** May be repeated. Throws where the database or the storage is away: it is to be told once more then. */
export async function endLocal(end: LocalEnd, parts: SettleLocalParts): Promise<void> {
  const { database, log } = parts
  const attempt = await localAttempt(database, end.id)
  if (!attempt) {
    log.warn('nobody’s job finished', { jobId: end.id })
    return
  }
  const result = readResult(end.result)
  switch (end.status) {
    case 'completed':
      return await endCompleted(attempt, result, parts)
    case 'failed':
      return await endFailed(attempt, readFailure(result, end.code), parts)
    case 'cancelled':
      return await endCancelled(attempt, parts)
  }
}

async function endCompleted(
  attempt: AttemptRow,
  result: JobResult,
  parts: SettleLocalParts,
): Promise<void> {
  const { database, storage, log, onChanged } = parts
  const { jobId } = attempt
  parts.onLocalEnd?.()
  const problem = problemOf(result)
  if (problem !== undefined) {
    log.error('a result was not understood', { jobId })
    await goOn({ attempt, state: 'failed', code: 'internal', message: problem }, parts)
    return
  }
  const hashes = [...result.assets.map(({ sha256 }) => sha256), ...(result.references ?? [])]
  if ((await takenDownAmong(database, hashes)).length > 0) {
    // It was taken down while a worker drew it, or drew from it.
    const { code, message } = new Refusal('made-again')
    await Promise.all([discard(result.assets, storage), removePublished(result.assets, storage)])
    await goOn({ attempt, state: 'failed', code, message }, parts)
    return
  }
  const before = await jobById(database, jobId)
  if (before && isOver(before))
    return await leaveOut(result.assets, { attempt, job: before }, parts)
  // Who asks for the pictures, once they are recorded, finds them.
  await publish(result.assets, storage).catch((error) => {
    if (!isNotFound(error)) throw error
    log.warn('nothing to publish', { jobId })
  })
  const assets = result.assets.map(({ staged: _, ...asset }) => asset)
  const ending = { status: 'completed', result: { ...result, assets } } as const
  if ((await settle(database, attempt, ending)) === 'settled') {
    log.info('settled', { jobId, status: 'completed', provider: attempt.provider })
    onChanged?.(jobId)
    return
  }
  const job = await jobById(database, jobId)
  await leaveOut(result.assets, { attempt, job }, parts)
}

interface Over {
  readonly attempt: AttemptRow
  readonly job: JobRow | undefined
}

/**
 * Pictures of a job that is over. What is recorded of one, and was told, is of the file that lies there, also where a
 * Redis has lost the finish and the same attempt was made once more: so that one stays, and these go.
 */
async function leaveOut(
  assets: readonly Asset[],
  { attempt, job }: Over,
  { storage, log }: SettleLocalParts,
): Promise<void> {
  log.info('superseded', { jobId: attempt.jobId, provider: attempt.provider })
  await discard(assets, storage)
  const isItsOwn = job?.status === 'completed' && job.wonAttempt === attempt.id
  if (!isItsOwn) await removePublished(assets, storage)
}

/** Why there is nothing to publish, and never will be; undefined where there is. */
const problemOf = ({ assets }: JobResult): string | undefined =>
  assets.length === 0 ? failureTable.internal.meaning : unstorable(assets)?.message

async function endFailed(
  attempt: AttemptRow,
  failure: { readonly code: string; readonly message: string },
  parts: SettleLocalParts,
): Promise<void> {
  const code = isCode(failure.code) ? failure.code : 'internal'
  parts.onLocalEnd?.(new Failure(code, failure.message))
  await goOn({ attempt, state: 'failed', code, message: failure.message }, parts)
}

/** It was cancelled because the caller wished it, or because another provider is to have it. */
async function endCancelled(attempt: AttemptRow, parts: SettleLocalParts): Promise<void> {
  const { database, log, onChanged } = parts
  const { jobId, code } = attempt
  if (code !== null) {
    const { meaning: message } = failureTable[code]
    await goOn({ attempt, state: 'cancelled', code, message }, parts)
    return
  }
  if ((await settle(database, attempt, { status: 'cancelled' })) === 'settled') {
    log.info('settled', { jobId, status: 'cancelled', provider: attempt.provider })
    onChanged?.(jobId)
  }
}

const isCode = (code: string): code is FailureCode => Object.hasOwn(failureTable, code)

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'not-found'
