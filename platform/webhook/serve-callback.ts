/** One callback that is owed: sent, and struck from the outbox or put off by what came of it. */
import {
  type Callbacks,
  failureResult,
  type OwedCallback,
  readPayload,
  readResult,
} from '#contract'
import type { Log } from '../log.ts'
import { publish, unstorable } from '../storage/publish.ts'
import type { Storage } from '../storage/storage.ts'
import { finishedJob } from './finished-job.ts'
import { type FinishedJob, jobCallbackBody, standardBody } from './job-callback.ts'
import { waitAfter } from './retry-schedule.ts'
import type { SendCallback } from './send-callback.ts'

export interface CallbackService {
  readonly callbacks: Callbacks
  readonly storage: Storage | undefined
  readonly log: Log
  /** Undefined where nothing is configured that may be called. */
  readonly send: SendCallback | undefined
  /** The URL at which to tell about jobs that name none of their own; undefined where there is none. */
  readonly receiver: string | undefined
  readonly body: 'job-callback' | 'standard'
  /** Aborted: what is being sent is given up, and owed still. */
  readonly signal?: AbortSignal
}

/** Where it is sent to; undefined where nobody is told. */
export function targetOf({ raw }: OwedCallback, { send, receiver }: CallbackService) {
  const reading = readPayload(raw)
  const own = reading.kind === 'job' ? reading.job.callback?.url : undefined
  return send && (own ?? receiver)
}

/** Rejects where the queue is away: it is due again when its lease is over. */
export async function serveCallback(owed: OwedCallback, service: CallbackService): Promise<void> {
  const { callbacks, log } = service
  const next = await attempt(asStorable(owed), service).catch((error) => {
    log.warn('callback failed', { jobId: owed.id, attempt: owed.attempt, error })
    return { again: 0 }
  })
  const wait = next === 'done' ? undefined : waitAfter(owed.attempt, { atLeast: next.again })
  if (next !== 'done' && wait === undefined) log.error('callback given up', { jobId: owed.id })
  await (wait === undefined ? callbacks.done(owed) : callbacks.later(owed, wait))
}

/** What completed with files that no storage can have is told as failed, and why. */
function asStorable(owed: OwedCallback): OwedCallback {
  if (owed.status !== 'completed') return owed
  const problem = unstorable(readResult(owed.result).assets)
  if (!problem) return owed
  const { code, text: result } = failureResult(problem)
  return { ...owed, status: 'failed', code, result }
}

/** `again`: after no less than so many milliseconds. */
type Next = 'done' | { readonly again: number }

async function attempt(owed: OwedCallback, service: CallbackService): Promise<Next> {
  const { storage, send, receiver, log, signal } = service
  const result = readResult(owed.result)
  // The worker may have died between its finish and this.
  if (owed.status === 'completed') await publishOnceMore()
  const reading = readPayload(owed.raw)
  const job = reading.kind === 'job' ? reading.job : undefined
  const url = job?.callback?.url
  if (!send || (url ?? receiver) === undefined) return 'done'
  const id = `${owed.id}:${owed.fence}`
  const body = bodyOf(finishedJob(owed, { job, result }), service.body)
  const outcome = await send({ id, url, body, ...(signal && { signal }) })
  const told = { jobId: owed.id, attempt: owed.attempt, outcome: outcome.kind }
  switch (outcome.kind) {
    case 'delivered':
      log.info('told', told)
      return 'done'
    case 'skipped':
    case 'gone':
      log.warn('told in vain', told)
      return 'done'
    case 'refused':
      log.warn('callback refused', { ...told, reason: outcome.reason })
      return 'done'
    case 'retry':
      log.warn('callback not taken', { ...told, reason: outcome.reason })
      return { again: outcome.atLeast }
  }

  async function publishOnceMore(): Promise<void> {
    try {
      await publish(result.assets, storage)
    } catch (error) {
      // After a first attempt that was heard, its receiver may have moved the files on.
      if (!isNotFound(error)) throw error
      log.warn('nothing to publish', { jobId: owed.id })
    }
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'not-found'

function bodyOf(job: FinishedJob, kind: CallbackService['body']): string {
  return kind === 'standard' ? standardBody(job, Date.now()) : jobCallbackBody(job)
}
