/** What becomes of a job when one attempt came to nothing: another provider's turn, or the job's end. */
import { v7 as uuidv7 } from 'uuid'
import { type FailureCode, failureTable } from '#contract'
import type { Log } from '#platform/log.ts'
import type { Database, Sql } from '../database/database.ts'
import { sizeOf } from '../requests/size-of.ts'
import { beginNextAttempt } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import type { JobRow, ProviderName } from '../store/job-row.ts'
import { settle } from '../store/settle.ts'
import { recordEvent } from '../trust/policy-events.ts'
import type { Choice, Choose } from './choose.ts'

export interface GoOnParts {
  readonly database: Database
  readonly choose: Choose
  readonly log: Log
  /** Told of each job that ended or changed hands, so that who watches or works on it is quick. */
  readonly onChanged?: (jobId: string) => void
  readonly now?: () => number
}

/** An attempt that came to nothing. */
export interface Ended {
  readonly attempt: { readonly id: string; readonly jobId: string; readonly provider: ProviderName }
  readonly state: 'failed' | 'cancelled'
  readonly code: FailureCode
  readonly message: string
  readonly costMicros?: number
}

/** `elsewhere`: another attempt has begun. `over`: the job has ended, now or before. `not ours`: another attempt is on. */
export type WentOn = 'elsewhere' | 'over' | 'not ours'

/** May be repeated. Throws `database-unavailable`, and then nothing has changed. */
export async function goOn(ended: Ended, parts: GoOnParts): Promise<WentOn> {
  const { database, log, onChanged } = parts
  const { attempt, state, code, message, costMicros } = ended
  const { id, jobId, provider } = attempt
  const row = await jobById(database, jobId)
  const next = row && nextFor(row, ended, parts)
  if (next) {
    const after = { id, state, provider, code }
    const { notes, because: reason } = next
    const began = { id: uuidv7(), jobId, provider: next.provider, notes, reason, after }
    if (await beginNextAttempt(database, began)) {
      log.info('fell back', { jobId, provider: next.provider, code })
      onChanged?.(jobId)
      return 'elsewhere'
    }
  }
  const cost = costMicros === undefined ? {} : { costMicros }
  // Read once more: a wish that came between is the caller's word.
  const wish = next ? await jobById(database, jobId) : row
  const ending = wish?.cancelAsked
    ? ({ status: 'cancelled', ...cost } as const)
    : ({ status: 'failed', code, message, ...cost } as const)
  const answer = await settle(database, { id, jobId }, ending)
  if (answer === 'settled') {
    log.info('settled', { jobId, status: ending.status, code, provider })
    if (row && ending.status === 'failed') await noteRefusal(row, ended, database)
    onChanged?.(jobId)
    return 'over'
  }
  const now = await jobById(database, jobId)
  return now === undefined || isOver(now) ? 'over' : 'not ours'
}

interface IsTrial {
  readonly isTrial?: boolean
}

type Chosen = Exclude<Choice, { readonly failure: unknown }>

/** What a worker or a provider would not make is on record beside what the gateway would not. */
async function noteRefusal(
  { id, tenant, userId, surface, mode, job }: JobRow,
  { attempt, code }: Ended,
  sql: Sql,
): Promise<void> {
  if (failureTable[code].fault !== 'policy') return
  await recordEvent(sql, {
    ...{ tenant, userId, caller: userId, jobId: id, surface, mode, code, outcome: 'refused' },
    stage: attempt.provider === 'local-sdxl' ? 'worker' : 'provider',
    contentMode: job.contentMode,
    pictures: job.cleared?.map(({ sha256 }) => sha256),
  })
}

/**
 * The provider whose turn it is, or of a trial would be; undefined where the job is not to go on, or nobody can do it.
 */
export function nextFor(
  row: JobRow,
  { attempt, code }: Pick<Ended, 'attempt' | 'code'>,
  { choose, now = Date.now, isTrial = false }: Pick<GoOnParts, 'choose' | 'now'> & IsTrial,
): Chosen | undefined {
  const { job, planned, deadlineAt, tried, onlyProvider } = row
  if (isOver(row) || row.cancelAsked || row.attemptId !== attempt.id) return undefined
  if (!failureTable[code].mayFallBack) return undefined
  const remainingMs = deadlineAt === null ? undefined : deadlineAt.getTime() - now()
  if (remainingMs !== undefined && remainingMs <= 0) return undefined
  const choice = choose(
    { job, planned, size: sizeOf(job) },
    {
      tried: [...tried, { provider: attempt.provider, code }],
      only: onlyProvider ?? undefined,
      ...{ remainingMs, isTrial },
    },
  )
  return 'failure' in choice ? undefined : choice
}

export const isOver = ({ status }: Pick<JobRow, 'status'>): boolean =>
  status !== 'queued' && status !== 'processing'
