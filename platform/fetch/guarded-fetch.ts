/**
 * HTTP to addresses that strangers name: no private machine is reached, however it is spelled,
 * resolved or redirected to, and no answer takes longer or holds more than it may.
 */

import type { LookupFunction } from 'node:net'
import { Client } from 'undici'
import { Failure } from '#contract'
import { within } from '../within.ts'
import { type Ends, explained, refusalOf } from './fetch-failures.ts'
import { guardedConnector } from './guarded-connector.ts'
import { isPrivateOrigin, permittedUrl, type UrlRules } from './permitted-url.ts'
import { readBody, readStart, tooLarge } from './read-body.ts'

export interface GuardOptions extends UrlRules {
  /** Of a body, decoded; 10 MB where left out. */
  readonly maxBytes?: number
  /** Milliseconds. */
  readonly timeouts?: Partial<Timeouts>
  /** Resolves names; Node's own unless given. */
  readonly lookup?: LookupFunction
}

interface Timeouts {
  readonly connect: number
  /** Until the headers are there, and between two pieces of the body. */
  readonly idle: number
  /** All of it, redirects included. */
  readonly total: number
}

export interface GuardedFetch {
  /**
   * The bytes at `url`, of whatever kind; at most three redirects are followed, each checked as
   * the first was. Throws `reference-blocked`, `-not-found`, `-too-large`, `-unreachable` or
   * `-timeout`, and `cancelled` once `signal` is aborted.
   */
  download(url: string, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>
  /**
   * One request and its answer, whatever its status, with as much of its body as may be; no
   * redirect is followed. Throws as above until there is a status, and nothing afterwards.
   */
  send(url: string, message: Message): Promise<Answer>
}

export interface Message {
  readonly method: 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly signal?: AbortSignal | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

const MAX_REDIRECTS = 3
const DEFAULT_TIMEOUTS: Timeouts = { connect: 3_000, idle: 5_000, total: 15_000 }
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Makes the two ways of asking; they share nothing but these options, not even connections. */
export function createGuardedFetch(options: GuardOptions = {}): GuardedFetch {
  const rules = { ...options, maxBytes: options.maxBytes ?? 10_000_000 }
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }

  const ask = async (address: string, ends: Ends, message?: Message): Promise<Hop> => {
    const url = permittedUrl(address, rules)
    try {
      return await request(url, { rules, timeouts, ...ends, message })
    } catch (cause) {
      throw explained(cause, url.hostname, ends)
    }
  }

  return {
    download: (address, { signal } = {}) =>
      within(timeouts.total, signal, async (inTime) => {
        let next = address
        for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
          const { url, status, headers, body } = await ask(next, { signal, inTime })
          if (status >= 200 && status < 300) return body
          const { location } = headers
          if (!REDIRECTS.has(status) || typeof location !== 'string') throw refusalOf(status, url)
          if (!URL.canParse(location, url.href)) throw refusalOf(status, url)
          next = new URL(location, url).href
        }
        const host = permittedUrl(address, rules).hostname
        const message = `The host ${host} redirects more than ${MAX_REDIRECTS} times. Use the last address.`
        throw new Failure('reference-unreachable', message)
      }),
    send: (address, message) =>
      within(timeouts.total, message.signal, (inTime) =>
        ask(address, { signal: message.signal, inTime }, message),
      ),
  }
}

interface Hop extends Answer {
  readonly url: URL
}

interface Request extends Ends {
  readonly rules: GuardOptions & { readonly maxBytes: number }
  readonly timeouts: Timeouts
  readonly message: Message | undefined
}

async function request(url: URL, { rules, timeouts, inTime, message }: Request): Promise<Hop> {
  const { deniedNetworks, lookup, maxBytes } = rules
  const isOurs = isPrivateOrigin(url, rules)
  // One client for one request: a connection is never used for two people's addresses.
  const client = new Client(url.origin, {
    connect: isOurs
      ? { timeout: timeouts.connect }
      : guardedConnector({ timeout: timeouts.connect, deniedNetworks, lookup }),
    headersTimeout: timeouts.idle,
    bodyTimeout: timeouts.idle,
    maxHeaderSize: 16_384,
  })
  try {
    const { statusCode, headers, body } = await client.request({
      path: url.pathname + url.search,
      method: message?.method ?? 'GET',
      headers: { 'accept-encoding': 'identity', 'user-agent': 'i2i', ...message?.headers },
      body: message?.body ?? null,
      signal: inTime,
    })
    // A body that is given up errs once more, when nobody listens, and would end the process.
    body.on('error', () => {})
    const answer = { url, status: statusCode, headers }
    const encoding = String(headers['content-encoding'] ?? 'identity')
    const bodyRules = { host: url.hostname, maxBytes, encoding }
    if (message) return { ...answer, body: await readStart(body, bodyRules) }
    if (statusCode >= 300) return { ...answer, body: new Uint8Array() }
    if (Number(headers['content-length']) > maxBytes) throw tooLarge(url.hostname, maxBytes)
    return { ...answer, body: await readBody(body, bodyRules) }
  } finally {
    void client.destroy().catch(() => {})
  }
}
