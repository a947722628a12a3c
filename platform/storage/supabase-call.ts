/** One request to Supabase Storage, and what its answer means. */

import { Failure, messageOf } from '#contract'
import { tooLarge } from './too-large.ts'

export interface Call {
  /** POST unless given. */
  readonly method?: 'GET' | 'DELETE'
  readonly route: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Instead of a body. */
  readonly json?: Readonly<Record<string, unknown>>
  readonly serviceKey: string
  readonly timeout: number
  /** The path that a failure names. */
  readonly about: string
  /** Statuses beside success that are an answer too. */
  readonly accept?: readonly number[]
  /** Of the answer; 1 MB unless given. */
  readonly maxBytes?: number
}

export interface Answered {
  readonly status: number
  readonly body: Uint8Array
}

/** Throws `not-found` for a 404 that is not accepted, and `storage-failed` for all else. */
export async function callSupabase(base: string, call: Call): Promise<Answered> {
  const { method = 'POST', headers, json, about, accept = [] } = call
  let answered: Answered
  try {
    const response = await fetch(base + call.route, {
      method,
      headers: {
        authorization: `Bearer ${call.serviceKey}`,
        ...(json && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json ? JSON.stringify(json) : call.body ? Buffer.from(call.body) : null,
      // The key is for this host alone.
      redirect: 'error',
      signal: AbortSignal.timeout(call.timeout),
    })
    answered = await read(response, call)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const message = `Supabase Storage cannot be reached about ${about} (${reasonOf(cause)}). Check SUPABASE_URL.`
    throw new Failure('storage-failed', message, { cause })
  }
  const { status } = answered
  if ((status >= 200 && status < 300) || accept.includes(status)) return answered
  if (status === 404) {
    throw new Failure('not-found', `There is no file ${about}. It may have expired.`)
  }
  throw new Failure(
    'storage-failed',
    `Supabase Storage refused ${about} with ${status}. ${mends(status)}`,
  )
}

async function read(response: Response, { about, maxBytes = 1e6 }: Call): Promise<Answered> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(about, maxBytes)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks, length)
  // Storage says 400, and what it means in the body: {"statusCode": "404", "error": "not_found"}.
  const said = response.status === 400 && /"statusCode":\s*"?(\d{3})/.exec(body.toString())?.[1]
  return { status: said ? Number(said) : response.status, body }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return inner instanceof Error && 'code' in inner ? String(inner.code) : messageOf(inner)
}

function mends(status: number): string {
  if (status === 401 || status === 403) return 'Check SUPABASE_SERVICE_KEY.'
  if (status === 413) return "Raise the bucket's size limit."
  if (status === 415) return 'Allow the content type in the bucket.'
  return 'Try again, or look into the project.'
}
