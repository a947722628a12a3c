/**
 * Requests to a provider, sorted by what of them reached it: what surely did not may be sent again, what may have
 * been taken must be asked after first.
 */
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, Client, type Dispatcher } from 'undici'
import { Failure } from '#contract'
import { within } from '#platform/within.ts'

export interface ProviderHttp {
  /**
   * What may be repeated. Throws `provider-unavailable` unless there is a whole answer, of whatever status.
   */
  readonly ask: (call: ProviderCall) => Promise<ProviderAnswer>
  /**
   * What is paid for, once. Throws `provider-unavailable` where no byte was sent, and `provider-ambiguous` where one
   * may have been and no status came back.
   */
  readonly order: (call: ProviderCall) => Promise<ProviderAnswer>
}

export interface ProviderCall {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal | undefined
}

export interface ProviderAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As much as came of it. */
  readonly text: string
  /** Undefined where the text is no JSON. */
  readonly json: unknown
}

/** In milliseconds. */
export interface ProviderTimeouts {
  readonly connect: number
  /** For the whole of a call. */
  readonly total: number
}

export interface ProviderHttpOptions {
  /** For sentences: `Replicate`. */
  readonly provider: string
  readonly timeouts?: Partial<ProviderTimeouts> | undefined
  /** Resolves names; Node's own unless given. */
  readonly lookup?: LookupFunction | undefined
}

const DEFAULT_TIMEOUTS: ProviderTimeouts = { connect: 5_000, total: 30_000 }
/** Of an answer; what is more is cut off. */
const MOST_BYTES = 4_000_000

export function createProviderHttp(options: ProviderHttpOptions): ProviderHttp {
  const { provider } = options
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
  const connector = buildConnector({
    timeout: timeouts.connect,
    ...(options.lookup && { lookup: options.lookup }),
  })
  const shared = new Agent({ connect: connector, connections: 16, keepAliveTimeout: 4_000 })

  return {
    async ask(call) {
      try {
        return await answerTo(call, { dispatcher: shared, total: timeouts.total })
      } catch (cause) {
        throw unavailable(provider, cause)
      }
    },
    async order(call) {
      // undici connects for a request that was given up already.
      if (call.signal?.aborted) throw unavailable(provider, call.signal.reason)
      let isConnected = false
      // A connection of its own: until it stands, nothing was sent, and none that lay idle breaks under the request.
      const client = new Client(call.url.origin, {
        pipelining: 0,
        connect: (target, done) =>
          connector(target, (...outcome) => {
            isConnected = outcome[0] === null
            done(...outcome)
          }),
      })
      try {
        return await answerTo(call, { dispatcher: client, total: timeouts.total })
      } catch (cause) {
        if (!isConnected) throw unavailable(provider, cause)
        const message = `${provider} broke off before it said whether it took the job. It is asked after.`
        throw new Failure('provider-ambiguous', message, { cause })
      } finally {
        void client.destroy().catch(() => {})
      }
    },
  }
}

function unavailable(provider: string, cause: unknown): Failure {
  const message = `${provider} cannot be reached, or does not answer. Check its address and its status page.`
  return new Failure('provider-unavailable', message, { cause })
}

interface Way {
  readonly dispatcher: Dispatcher
  readonly total: number
}

async function answerTo(call: ProviderCall, { dispatcher, total }: Way): Promise<ProviderAnswer> {
  return await within(total, call.signal, (signal) => exchange(call, { dispatcher, total, signal }))
}

async function exchange(
  call: ProviderCall,
  { dispatcher, total, signal }: Way & { readonly signal: AbortSignal },
): Promise<ProviderAnswer> {
  const { method, url } = call
  const answer = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'i2i', ...call.headers },
    body: call.body ?? null,
    headersTimeout: total,
    bodyTimeout: total,
    signal,
  })
  const isRefusal = answer.statusCode >= 400
  const text = await readText(answer.body, isRefusal)
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(headers),
    text,
    json: parsed(text),
  }
}

/** A refusal is one, even where its words were cut off. */
async function readText(
  body: Dispatcher.ResponseData['body'],
  isRefusal: boolean,
): Promise<string> {
  // A body that is given up errs once more, when nobody listens, and would end the process.
  body.on('error', () => {})
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MOST_BYTES) break
    }
  } catch (error) {
    if (!isRefusal) throw error
  }
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
