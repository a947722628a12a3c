/** One client of a running gateway: brings a reference, asks for jobs, and waits for each to end. */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { Failure, type Mode, messageOf } from '#contract'
import type { Arrival } from './arrivals.ts'

const view = z.object({
  jobId: z.string(),
  status: z.string(),
  provider: z.string().nullable(),
  timings: z.record(z.string(), z.number()),
  failure: z.object({ code: z.string() }).optional(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})

export interface EndedJob {
  readonly mode: Mode
  /** When it was due, in seconds from the beginning. */
  readonly at: number
  /** Undefined where it ended well; else a status, a word or a code of the failure table. */
  readonly error: string | undefined
  readonly provider: string | undefined
  /** From when it was due until its end, in ms: what a person waits. */
  readonly totalMs: number
  /** From its acceptance until its end, by the gateway's clock. */
  readonly insideMs: number
  /** Milliseconds by stage, as the worker measured them. */
  readonly stages: Readonly<Record<string, number>>
}

export interface GatewayClient {
  /** Resolves always. @param due on `performance.now()`'s clock. */
  readonly run: (arrival: Arrival, due: number) => Promise<EndedJob>
}

export interface ClientOptions {
  readonly origin: string
  readonly key: string | undefined
  /** A picture on this machine. */
  readonly reference: string
  readonly steps: number | undefined
  readonly signal: AbortSignal
}

/** At any one of its jobs: a caller may ask five times a second, and jobs must be taken meanwhile. */
const LOOK_EVERY_MS = 300
const MOST_WAIT_MS = 15 * 60_000

/** Throws `worker-unavailable` where the gateway does not answer. */
export async function openClient(options: ClientOptions): Promise<GatewayClient> {
  const path = await upload(options)
  let open = 0
  return {
    async run(arrival, due) {
      const { mode, at } = arrival
      const failed = (error: string): EndedJob => ({
        ...{ mode, at, error, provider: undefined, insideMs: 0, stages: {} },
        totalMs: performance.now() - due,
      })
      try {
        const { status, body } = await ask(options, '/v1/jobs', requestOf(arrival, path, options))
        const accepted = z.object({ jobId: z.string() }).safeParse(body)
        if (!accepted.success) return failed(codeIn(body) ?? String(status))
        const accept = performance.now() - due
        open++
        const ended = await untilEnded(options, accepted.data.jobId, () => open).finally(
          () => open--,
        )
        if (!ended) return failed('not ended')
        const insideMs = Date.parse(ended.finishedAt ?? '') - Date.parse(ended.createdAt)
        return {
          ...{ mode, at },
          error: ended.status === 'completed' ? undefined : (ended.failure?.code ?? ended.status),
          provider: ended.provider ?? undefined,
          // Not when it was looked at, which is later.
          totalMs: accept + insideMs,
          ...{ insideMs, stages: ended.timings },
        }
      } catch (error) {
        return failed(error instanceof Error ? error.name : 'unknown')
      }
    },
  }
}

async function untilEnded(options: ClientOptions, id: string, open: () => number) {
  const until = performance.now() + MOST_WAIT_MS
  while (performance.now() < until) {
    await delay(LOOK_EVERY_MS * open(), undefined, { signal: options.signal })
    const { body } = await ask(options, `/v1/jobs/${id}`)
    const job = view.safeParse(body).data
    if (job && !['queued', 'processing'].includes(job.status)) return job
  }
  return undefined
}

function requestOf({ mode, body }: Arrival, reference: string, { steps }: ClientOptions) {
  return {
    job_type: 'sdxl_image_high',
    prompt: 'a red apple on a table, soft light',
    ...(mode !== 'txt2img' && { reference_image_url: reference }),
    ...(mode === 'copy' && { exact_copy_mode: true }),
    ...{ skip_enhancement: true, ...(steps !== undefined && { steps }), ...body },
  }
}

async function upload(options: ClientOptions): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob([await readFile(options.reference)]), 'reference.jpg')
  const answer = await ask(options, '/v1/uploads', form).catch((cause: unknown) => {
    const message = `${options.origin} does not answer (${messageOf(cause)}): start it with npm start, or name another with --gateway.`
    throw new Failure('worker-unavailable', message, { cause })
  })
  const read = z.object({ path: z.string() }).safeParse(answer.body)
  if (read.success) return read.data.path
  const said = codeIn(answer.body) ?? String(answer.status)
  throw new Failure('request-invalid', `The gateway does not take ${options.reference}: ${said}.`)
}

async function ask({ origin, key, signal }: ClientOptions, path: string, body?: object) {
  const isForm = body instanceof FormData
  const response = await fetch(origin + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body && !isForm && { 'content-type': 'application/json' }),
    },
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
    signal,
  })
  const answer: unknown = await response.json().catch(() => undefined)
  return { status: response.status, body: answer }
}

const codeIn = (body: unknown): string | undefined =>
  z.object({ code: z.string() }).safeParse(body).data?.code
