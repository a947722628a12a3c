/** Tells clients that their jobs are over, as often as it takes, at the URLs that they gave. */
import { setMaxListeners } from 'node:events'
import type { Log } from '#platform/log.ts'
import { noTracing, type Span, type Tracing } from '#platform/tracing/span.ts'
import { finishedJob } from '#platform/webhook/finished-job.ts'
import { jobCallbackBody, standardBody } from '#platform/webhook/job-callback.ts'
import { waitAfter } from '#platform/webhook/retry-schedule.ts'
import type { SendCallback } from '#platform/webhook/send-callback.ts'
import type { Database } from '../database/database.ts'
import {
  callbackDone,
  callbackLater,
  callbacksDue,
  hostsOwed,
  type OwedToClient,
} from '../store/client-callbacks.ts'
import type { JobRow } from '../store/job-row.ts'
import { partOf } from './trace-job.ts'

export interface ClientCallbackParts {
  readonly database: Database
  readonly log: Log
  /** Undefined where no URL of a job may be called: what is owed is given up then. */
  readonly send: SendCallback | undefined
  readonly body: 'job-callback' | 'standard'
  /** Aborted: what is being sent is given up, and owed still. */
  readonly signal?: AbortSignal
  /** Undefined where nobody traces. */
  readonly tracing?: Tracing | undefined
}

export interface ClientCallbacks {
  /** Begins with what is due, and waits for no receiver. Many gateways may look at once. @returns with how many. */
  readonly look: () => Promise<number>
  /** What was begun has ended. */
  readonly ended: () => Promise<void>
}

const MOST_UNDER_WAY = 200
/** With a look's, so that one that does not answer is not what all others wait for. */
const MOST_OF_A_HOST = 20
const MOST_AT_A_LOOK = 20
/** Whose callbacks a look may ask for. Where more are owed, the next look goes on with those after them. */
const MOST_HOSTS = 500
/** Longer than one attempt may take. */
const LEASE_MS = 60_000

export function createClientCallbacks(parts: ClientCallbackParts): ClientCallbacks {
  const { database, log, signal } = parts
  // One listener for each that is under way.
  if (signal) setMaxListeners(MOST_UNDER_WAY, signal)
  const underWay = new Map<Promise<void>, string>()
  const busyHosts = () => {
    const counts = new Map<string, number>()
    for (const host of underWay.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
    return new Set([...counts.keys()].filter((host) => (counts.get(host) ?? 0) >= MOST_OF_A_HOST))
  }
  let lastHost = ''
  return {
    async look() {
      const count = Math.min(MOST_AT_A_LOOK, MOST_UNDER_WAY - underWay.size)
      if (count <= 0) return 0
      const owedTo = await hostsOwed(database, { count: MOST_HOSTS, after: lastHost })
      lastHost = owedTo.length < MOST_HOSTS ? '' : (owedTo.at(-1) ?? '')
      const busy = busyHosts()
      const hosts = owedTo.filter((host) => !busy.has(host))
      if (hosts.length === 0) return 0
      const due = await callbacksDue(database, { count, leaseMs: LEASE_MS, hosts })
      for (const owed of due) {
        const serving = serve(owed, parts)
          .catch((error) => log.warn('callback not noted', { jobId: owed.row.id, error }))
          .finally(() => underWay.delete(serving))
        underWay.set(serving, owed.host)
      }
      return due.length
    },
    async ended() {
      await Promise.all(underWay.keys())
    },
  }
}

async function serve({ url, attempt, row }: OwedToClient, parts: ClientCallbackParts) {
  const { database, log, send, body: kind, signal, tracing = noTracing } = parts
  const jobId = row.id
  const body = bodyOf(row, kind)
  if (!send || body === undefined) return await callbackDone(database, jobId, 'refused')
  // One job has one end, so that its id names the callback on every attempt.
  const sending = async (span: Span) => {
    const answer = await send({ id: jobId, url, body, ...(signal && { signal }) })
    span.set({ 'i2i.job.outcome': answer.kind })
    return answer
  }
  const place = partOf(row.job, 'client', { 'i2i.attempt': attempt })
  const outcome = await tracing.during('call back', sending, place).catch((error) => {
    if (!signal?.aborted) log.warn('callback failed', { jobId, attempt, error })
    return { kind: 'retry', atLeast: 0, reason: 'it could not be sent' } as const
  })
  if (outcome.kind !== 'retry') {
    const isTaken = outcome.kind === 'delivered' || outcome.kind === 'skipped'
    log[isTaken ? 'info' : 'warn']('told', { jobId, attempt, outcome: outcome.kind })
    return await callbackDone(database, jobId, outcome.kind)
  }
  const wait = waitAfter(attempt, { atLeast: outcome.atLeast })
  log.warn('callback not taken', { jobId, attempt, reason: outcome.reason })
  if (wait !== undefined) return await callbackLater(database, jobId, wait)
  log.error('callback given up', { jobId })
  await callbackDone(database, jobId, 'given up')
}

function bodyOf(row: JobRow, kind: ClientCallbackParts['body']): string | undefined {
  const { id, status, failure } = row
  if (status === 'queued' || status === 'processing') return undefined
  const result = {
    ...(row.result ?? { assets: [] }),
    ...(failure && { failure }),
  }
  const finished = finishedJob({ id, status, code: failure?.code ?? '' }, { job: row.job, result })
  return kind === 'standard'
    ? standardBody(finished, (row.finishedAt ?? new Date()).getTime())
    : jobCallbackBody(finished)
}
