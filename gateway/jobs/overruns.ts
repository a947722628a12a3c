/**
 * A job that our workers have had in hand for twice as long as nearly all of its kind take is taken from them, and
 * given to whoever can still do it in time. What its worker makes of it all the same is a first end or none.
 */
import { Failure, failureTable, type Queue } from '#contract'
import { jobById } from '../store/find-jobs.ts'
import type { AttemptRow } from '../store/job-row.ts'
import {
  markOverrun,
  overrunning,
  type RunTime,
  runTimes,
  unansweredOverruns,
} from '../store/run-times.ts'
import { countEach } from './count-each.ts'
import { goOn, nextFor } from './go-on.ts'
import type { SettleLocalParts } from './settle-local.ts'
import { readEnd } from './watch-local.ts'

export interface OverrunParts extends SettleLocalParts {
  readonly queue: Pick<Queue, 'cancel' | 'job'>
  /** For the worker to say that it has let go; 2 s unless given. */
  readonly answerMs?: number
  /** Of what is measured, between two readings; a minute unless given. */
  readonly freshMs?: number
}

/** Times the 99th percentile of its class: `local run ≤ class p99 × 2`. */
const FACTOR = 2
/** That any job has: what is measured is measured by looks a second apart. */
const LEAST_MS = 15_000
/** What another provider needs. */
const LEFT_MS = 20_000
const AT_ONCE = 50

const CODE = 'engine-hung'

/** @returns one look, which resolves with how many jobs went elsewhere. May be run by many gateways at once. */
export function createOverrunWatch(parts: OverrunParts): () => Promise<number> {
  const { database, log, answerMs = 2_000, freshMs = 60_000 } = parts
  const telling = { log, event: 'overrun not ended' }
  let known: readonly RunTime[] = []
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt > freshMs) {
      known = await runTimes(database)
      readAt = performance.now()
    }
    const limits = { runTimes: known, factor: FACTOR, leastMs: LEAST_MS, leftMs: LEFT_MS }
    const found =
      known.length === 0
        ? []
        : await overrunning(database, { ...limits, except: CODE, count: AT_ONCE })
    const taken = await countEach(found, (attempt) => takeFrom(attempt, parts), telling)
    const unanswered = { code: CODE, afterMs: answerMs, count: AT_ONCE } as const
    const left = await unansweredOverruns(database, unanswered)
    return taken + (await countEach(left, (attempt) => passOn(attempt, parts), telling))
  }
}

/** Its worker is asked to let go, and its word that it has is the settlement, by which the job goes on. */
async function takeFrom(attempt: AttemptRow, parts: OverrunParts): Promise<boolean> {
  const { database, queue, log } = parts
  const { id, jobId } = attempt
  const row = await jobById(database, jobId)
  if (!row || !nextFor(row, { attempt, code: CODE }, { ...parts, isTrial: true })) return false
  if (!(await markOverrun(database, id, CODE))) return false
  log.warn('overran', { jobId, provider: attempt.provider })
  parts.onLocalEnd?.(new Failure(CODE, failureTable[CODE].meaning))
  // A queue that is away is not waited for: a moment later the job goes on without its word.
  const answer = await queue.cancel(jobId).catch(() => 'cancelling' as const)
  if (answer === 'cancelling') return false
  if (answer === 'cancelled') return await passOn(attempt, parts)
  await readEnd(jobId, parts)
  return false
}

async function passOn(attempt: AttemptRow, parts: OverrunParts): Promise<boolean> {
  const { meaning: message } = failureTable[CODE]
  const ended = { attempt, state: 'cancelled', code: CODE, message } as const
  return (await goOn(ended, parts)) === 'elsewhere'
}
