/** What is done with a job whose attempt at a provider has failed: the same provider again, another, or its end. */
import { randomUUID } from 'node:crypto'
import type { Failure } from '#contract'
import { goOn } from '../jobs/go-on.ts'
import { atLeastMs } from '../providers/retry-after.ts'
import { afterFailure } from '../routing/fallback.ts'
import { beginNextAttempt, lookAgain, recordCost } from '../store/attempts.ts'
import { type Care, remainingOf } from './care.ts'
import { traceAttempt } from './trace-attempt.ts'

export interface Nothing {
  readonly failure: Failure
  readonly costMicros?: number | undefined
  /** The provider was not asked, since it is left alone now: it is not asked again for this job. */
  readonly isLeftAlone?: boolean
}

/** Throws `database-unavailable`; nothing has changed then, and whoever looks after it next comes here again. */
export async function cameToNothing(care: Care, nothing: Nothing): Promise<void> {
  const { attempt, row, parts } = care
  const { failure, costMicros, isLeftAlone = false } = nothing
  const { code, message } = failure
  const { id, jobId, provider } = attempt
  const { database, log } = parts
  const isOurs = failure.fault === 'operator'
  log[isOurs ? 'error' : 'warn']('attempt failed', { jobId, provider, code, reason: message })
  traceAttempt(care, 'failed', code)
  const next = afterFailure(code, {
    provider,
    attemptsHere: row.tried.filter((tried) => tried.provider === provider).length + 1,
    remainingMs: remainingOf(care),
    atLeastMs: atLeastMs(failure),
  })
  const isBegun =
    next.step === 'again' && !isLeftAlone && (await tryAgain(care, code, next.afterMs))
  if (!isBegun) {
    const cost = costMicros === undefined ? {} : { costMicros }
    await goOn(
      { attempt, state: 'failed', code, message, ...cost },
      { ...parts, choose: parts.routing.choose },
    )
  }
  if (costMicros !== undefined) await recordCost(database, id, costMicros, code)
  parts.onChanged?.(jobId)
}

async function tryAgain(
  { attempt, row, parts }: Care,
  code: Failure['code'],
  afterMs: number,
): Promise<boolean> {
  const { id, jobId, provider } = attempt
  const after = { id, state: 'failed', provider, code } as const
  const next = { id: randomUUID(), jobId, provider, notes: row.notes, after }
  // In one step, so that nobody begins with it before its time.
  return await parts.database.transaction(async (sql) => {
    const isBegun = await beginNextAttempt(sql, next)
    if (isBegun) await lookAgain(sql, next.id, afterMs)
    return isBegun
  })
}
