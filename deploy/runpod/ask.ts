/** One question to RunPod's REST API, version 2, and its answer: problems as sentences, limits waited out, nothing asked twice. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { within } from '#platform/within.ts'

export interface RunPodOptions {
  readonly origin: string
  readonly key: string
  readonly signal: AbortSignal
  /** For longer than this no 429 is waited for. */
  readonly mostWaitSeconds?: number
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

export type Ask = <T>(schema: z.ZodType<T>, question: Question) => Promise<T>

const PATIENCE_MS = 30_000
const TRIES = 3

/** What is gone already need not be deleted. Throws a Failure of what RunPod answers, in its own words. */
export function createAsk(options: RunPodOptions): Ask {
  return async (schema, question) => {
    const answer = await send(options, question)
    const read = schema.safeParse(answer)
    if (read.success) return read.data
    const where = read.error.issues.map(({ path }) => path.join('.')).join(', ') || 'all of it'
    const { method, path } = question
    throw new Failure(
      'provider-failed',
      `RunPod's ${method} ${path} answers in another form than it documents (${where}).`,
    )
  }
}

/** A refusal by rate is waited out; nothing else is sent twice, for a pod costs money. */
async function send(options: RunPodOptions, question: Question): Promise<unknown> {
  const { signal, mostWaitSeconds = 60 } = options
  for (let tries = 1; ; tries++) {
    const answer = await reach(options, question)
    const { status } = answer
    if (status < 300 || (status === 404 && question.method === 'DELETE')) return answer.body
    const isWorthIt = answer.retrySeconds <= mostWaitSeconds && tries < TRIES
    if (status !== 429 || !isWorthIt) throw refusalOf(answer, question)
    await delay(answer.retrySeconds * 1_000, undefined, { signal })
  }
}

interface Answer {
  readonly status: number
  /** NaN where nothing is said of it. */
  readonly retrySeconds: number
  /** Undefined where it is no JSON. */
  readonly body: unknown
}

async function reach(
  { origin, key, signal }: RunPodOptions,
  { method, path, body }: Question,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  signal.throwIfAborted()
  // Once it is asked to make or end something, its answer is waited for: else nobody would know what is paid for.
  const outer = method === 'GET' ? signal : undefined
  try {
    return await within(PATIENCE_MS, outer, async (both) => {
      const response = await fetch(origin + path, { ...init, signal: both })
      const retrySeconds = secondsIn(response.headers.get('retry-after'))
      return { status: response.status, retrySeconds, body: jsonIn(await response.text()) }
    })
  } catch (cause) {
    outer?.throwIfAborted()
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    const message = `RunPod cannot be reached (${why}): try again.${doubt(method)}`
    throw new Failure('provider-unavailable', message, { cause })
  }
}

/** A number of seconds, or a date. */
function secondsIn(text: string | null): number {
  if (text === null || /^\d+$/.test(text)) return Number(text ?? Number.NaN)
  return Math.max(0, Math.ceil((Date.parse(text) - Date.now()) / 1_000))
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const problem = z.object({
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.string()).optional(),
})

function refusalOf({ status, retrySeconds, body }: Answer, question: Question): Failure {
  const { method, path } = question
  const said = problem.safeParse(body).data
  const words = said
    ? withoutValues([said.detail, ...(said.errors ?? [])].join('; '), question)
    : `status ${status}`
  const what = `${method} ${path.split('?')[0]}`
  if (status === 401) {
    const message = `RunPod does not take RUNPOD_API_KEY (${words}): make a new one in its console.`
    return new Failure('provider-denied', message)
  }
  if (status === 403) {
    const mend = 'give it the permission for pods, serverless and templates'
    const message = `The key in RUNPOD_API_KEY may not do this (${words}): ${mend}.`
    return new Failure('provider-denied', message)
  }
  if (status === 429) {
    const when = Number.isNaN(retrySeconds) ? 'in a minute' : `in ${retrySeconds} s`
    const message = `RunPod is asked too often: run the same command again ${when}.`
    return new Failure('provider-throttled', message)
  }
  if (status >= 500) {
    const message = `RunPod has a fault of its own at ${what} (${words}): try again later.${doubt(method)}`
    return new Failure('provider-unavailable', message)
  }
  return new Failure('provider-failed', `RunPod refuses ${what}: ${words}.`)
}

const withEnv = z.object({ env: z.record(z.string(), z.string()) })

/** A refusal may quote what it refuses, and among that may be a secret that was given in clear. */
function withoutValues(words: string, { body }: Question): string {
  const values = Object.entries(withEnv.safeParse(body).data?.env ?? {})
  return values.reduce(
    (text, [name, value]) => (value.length < 4 ? text : text.replaceAll(value, `(${name})`)),
    words,
  )
}

const doubt = (method: Question['method']): string =>
  method === 'POST' ? ' Whether it was made is not known: look with status first.' : ''
