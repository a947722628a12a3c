/** Serves the outbox: tells receivers that jobs are over, as often as it takes, and never holds an engine up. */
import { type Callbacks, type OwedCallback, readPayload, readResult } from '#contract'
import type { Log } from '../log.ts'
import { publish } from '../storage/publish.ts'
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
  /** Whether there is one to tell about jobs that name no URL of their own. */
  readonly hasReceiver: boolean
  readonly body: 'job-callback' | 'standard'
  /** Aborted: what is being sent is given up, and owed still. */
  readonly signal?: AbortSignal
}

const AT_ONCE = 10
/** Longer than one attempt may take, publishing included. */
const LEASE_MS = 120_000

/** One look into the outbox. @returns how many callbacks were tried. */
export async function serveCallbacks(service: CallbackService): Promise<number> {
  const due = await service.callbacks.due({ count: AT_ONCE, leaseMs: LEASE_MS })
  await Promise.all(due.map((owed) => serve(owed, service)))
  return due.length
}

async function serve(owed: OwedCallback, service: CallbackService): Promise<void> {
  const { callbacks, log } = service
  const next = await attempt(owed, service).catch((error) => {
    log.warn('callback failed', { jobId: owed.id, attempt: owed.attempt, error })
    return { again: 0 }
  })
  const wait = next === 'done' ? undefined : waitAfter(owed.attempt, { atLeast: next.again })
  if (next !== 'done' && wait === undefined) log.error('callback given up', { jobId: owed.id })
  await (wait === undefined ? callbacks.done(owed) : callbacks.later(owed, wait))
}

/** `again`: after no less than so many milliseconds. */
type Next = 'done' | { readonly again: number }

async function attempt(owed: OwedCallback, service: CallbackService): Promise<Next> {
  const { storage, send, hasReceiver, log, signal } = service
  const result = readResult(owed.result)
  // The worker may have died between its finish and this.
  if (owed.status === 'completed') await publishOnceMore()
  const reading = readPayload(owed.raw)
  const job = reading.kind === 'job' ? reading.job : undefined
  const url = job?.callback?.url
  if (!send || (url === undefined && !hasReceiver)) return 'done'
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
