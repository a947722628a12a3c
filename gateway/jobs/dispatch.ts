/**
 * Hands jobs to our workers' queue as late as can be: no more than they will begin soon, so that a caller's turn is
 * decided when a worker is free, and a worker that dies takes little with it.
 */
import { Failure, type Job, messageOf, type Queue, readHealthReport, writePayload } from '#contract'
import type { Log } from '#platform/log.ts'
import { noTracing, type Span, type Tracing } from '#platform/tracing/span.ts'
import type { Database } from '../database/database.ts'
import { settle } from '../store/settle.ts'
import { localLine, type ToSend, takeUpTo } from '../store/waiting-jobs.ts'
import { messagePartOf } from './trace-job.ts'

export interface DispatchParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'push' | 'workers'>
  readonly log: Log
  /** What a worker without a key of the storage needs; the job as it is where every worker has one. */
  readonly equip?: (job: Job) => Promise<Job>
  /** Told of each job that went to the queue. */
  readonly onSent?: (jobId: string) => void
  /** Undefined where nobody traces. */
  readonly tracing?: Tracing | undefined
}

export interface SendParts extends Omit<DispatchParts, 'queue'> {
  readonly queue: Pick<Queue, 'push'>
}

/** Of each worker that takes jobs: one to work on, one to begin with next. */
const EACH = 2

/**
 * One turn. May be run by many gateways at once.
 * @returns how many jobs went to the queue. Throws `queue-unavailable` where it is not known who lives.
 */
export async function dispatch(parts: DispatchParts): Promise<number> {
  const { waits, held } = await localLine(parts.database)
  if (!waits) return 0
  const most = EACH * (await countTaking(parts.queue))
  if (held >= most) return 0
  const taken = await takeUpTo(parts.database, most)
  // In their order, for it is the queue's.
  for (const each of taken) await send(each, parts)
  return taken.length
}

/** Workers that live and will take another job. One that has not said yet what it does may. */
async function countTaking(queue: Pick<Queue, 'workers'>): Promise<number> {
  const workers = await queue.workers()
  const states = workers.map(({ health }) => readHealthReport(health)?.state)
  return states.filter((state) => state !== 'draining' && state !== 'degraded').length
}

/**
 * To a job whose row says that it was sent. A push whose answer never came is not repeated here: where nothing of it
 * arrived, `watchLocal` finds that out and pushes once more. One that no element of the queue can hold ends here.
 * @returns whether it went to the queue.
 */
export async function send(
  { attemptId, jobId, job }: ToSend,
  { database, queue, log, onSent, ...parts }: SendParts,
): Promise<boolean> {
  const { equip = async (given) => given, tracing = noTracing } = parts
  try {
    const push = async ({ traceparent = job.traceparent }: Pick<Span, 'traceparent'>) => {
      const equipped = await equip(job)
      await queue.push(writePayload({ ...equipped, traceparent, pushedAt: Date.now() }))
    }
    await tracing.during('send', push, messagePartOf(job, 'producer'))
    onSent?.(jobId)
    return true
  } catch (error) {
    log.warn('not pushed', { jobId, error })
    const isForGood = error instanceof Failure && error.fault === 'user'
    if (!isForGood) return false
    const { code } = error
    await settle(
      database,
      { id: attemptId, jobId },
      { status: 'failed', code, message: messageOf(error) },
    )
    return false
  }
}
