/** How much one caller may ask for: how often, how much at a time, how much a day; and how often one address may. */
import { Failure, type FailureCode } from '#contract'
import { readAhead } from '#platform/read-ahead.ts'
import type { BucketSize, Buckets, Drawn } from './buckets.ts'
import type { Caller } from './caller.ts'
import { networkOf } from './network-of.ts'
import type { Usage, UsageBook } from './usage.ts'

export interface LimitSettings {
  /** Requests of a caller, of any kind. */
  readonly requests: BucketSize
  /** Requests from an address, before it is known who asks. */
  readonly addresses: BucketSize
  /** Jobs of a caller that are not over. Between callers turns are taken, so that this is no matter of fairness. */
  readonly openJobs: number
  /** Jobs of all callers that wait for our workers. */
  readonly waitingJobs: number
  /** Images of a caller from midnight UTC on, finished or under way; undefined for as many as one likes. */
  readonly imagesPerDay?: number | undefined
}

export const defaultLimits: LimitSettings = {
  requests: { burst: 60, perMinute: 300 },
  addresses: { burst: 300, perMinute: 1_800 },
  openJobs: 100,
  waitingJobs: 10_000,
}

export interface Allowance {
  readonly ok: boolean
  /** 0 where it is ok. */
  readonly retryAfterMs: number
  /** `RateLimit-*`, and `Retry-After` where it is not ok. */
  readonly headers: Readonly<Record<string, string>>
  /** `rate-limited`, `quota-exceeded` or `queue-full`, to be thrown. */
  readonly failure?: Failure | undefined
}

export interface Limits {
  /** @param images that a new job asks for; 0 for a request that makes no job. Throws `database-unavailable`. */
  readonly check: (caller: Caller, images: number) => Promise<Allowance>
  /** Before anything else is done for it. An unknown address is one like any other. */
  readonly checkAddress: (address: string | undefined) => Promise<Allowance>
}

export interface LimitsParts {
  readonly buckets: Buckets
  readonly usage: UsageBook
  readonly settings?: LimitSettings
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * How old a count may be where it is far from every limit: what is granted here is added to it, so that in truth it is
 * less, but for what other gateways grant. Without it each job of many callers would be counted for.
 */
const ROOMY_MS = 10_000
const ROOMY_SHARE = 0.5
/** Nobody is refused by a count older than this. */
const RECOUNT_MS = 100
/** How old a count of the line may be. */
const LINE = { freshMs: 1_000, goodMs: 2_000 }
/** Somebody's jobs, and the line, are mostly shorter a moment later. */
const JOBS_RETRY_MS = 2_000
const LINE_RETRY_MS = 10_000

export function createLimits(parts: LimitsParts): Limits {
  const { buckets, usage, settings = defaultLimits, now = Date.now } = parts
  const waitingJobs = readAhead(() => usage.waiting(settings.waitingJobs), { ...LINE, now })
  return {
    async check(caller, images) {
      const name = `caller:${caller.tenant}/${caller.userId}`
      const drawn = await buckets.take(name, 1, settings.requests)
      const headers = headersOf(drawn, settings.requests)
      if (!drawn.taken) return tooOften(drawn, headers)
      if (images === 0) return { ok: true, retryAfterMs: 0, headers }

      const waiting = await waitingJobs()
      if (waiting >= settings.waitingJobs) return refused(LINE_FULL, headers)
      const asks = { images, settings, now: now() }
      const known = await usage.of(caller, ROOMY_MS)
      let refusal = isRoomy(known, asks) ? undefined : refusalOf(await usage.of(caller), asks)
      if (refusal) refusal = refusalOf(await usage.of(caller, RECOUNT_MS), asks)
      if (refusal) return refused(refusal, headers)
      // Nothing is waited for between the look and the grant, or two requests could have the last place.
      usage.grant(caller, images)
      return { ok: true, retryAfterMs: 0, headers }
    },
    async checkAddress(address) {
      const name = `address:${networkOf(address)}`
      const drawn = await buckets.take(name, 1, settings.addresses)
      const headers = headersOf(drawn, settings.addresses)
      return drawn.taken ? { ok: true, retryAfterMs: 0, headers } : tooOften(drawn, headers)
    },
  }
}

interface Refusal {
  readonly code: FailureCode
  readonly message: string
  readonly retryAfterMs: number
}

interface Asks {
  readonly images: number
  readonly settings: LimitSettings
  readonly now: number
}

const LINE_FULL: Refusal = {
  code: 'queue-full',
  message: 'Too many jobs wait already. Try again later.',
  retryAfterMs: LINE_RETRY_MS,
}

function refusalOf({ openJobs, images }: Usage, asks: Asks): Refusal | undefined {
  const { settings } = asks
  if (openJobs >= settings.openJobs) {
    const message = `You have reached your limit of unfinished jobs (${settings.openJobs}). Wait for one to end, or cancel one.`
    return { code: 'rate-limited', message, retryAfterMs: JOBS_RETRY_MS }
  }
  const most = settings.imagesPerDay
  if (most === undefined || images + asks.images <= most) return undefined
  const left = Math.max(0, most - images)
  const message = `You asked for ${asks.images} images, and ${left} of your ${most} a day are left. The day ends at midnight UTC.`
  const midnight = new Date(asks.now).setUTCHours(24, 0, 0, 0)
  return { code: 'quota-exceeded', message, retryAfterMs: midnight - asks.now }
}

function isRoomy({ openJobs, images }: Usage, asks: Asks): boolean {
  const { openJobs: mostJobs, imagesPerDay: most = Number.POSITIVE_INFINITY } = asks.settings
  return openJobs < ROOMY_SHARE * mostJobs && images + asks.images <= ROOMY_SHARE * most
}

function tooOften({ waitMs }: Drawn, headers: Allowance['headers']): Allowance {
  const message = 'Too many requests in a short time. Wait as long as Retry-After says.'
  return refused({ code: 'rate-limited', message, retryAfterMs: waitMs }, headers)
}

function refused(
  { code, message, retryAfterMs }: Refusal,
  headers: Allowance['headers'],
): Allowance {
  return {
    ok: false,
    retryAfterMs,
    headers: { ...headers, 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
    failure: new Failure(code, message, { cause: { atLeastMs: retryAfterMs } }),
  }
}

/** As in draft-ietf-httpapi-ratelimit-headers-07: a limit, what is left of it, and seconds until it is whole. */
function headersOf({ left, fullMs }: Drawn, { burst, perMinute }: BucketSize) {
  const most = Math.floor(burst)
  return {
    'RateLimit-Limit': String(most),
    'RateLimit-Remaining': String(Math.floor(left)),
    'RateLimit-Reset': String(Math.ceil(fullMs / 1_000)),
    'RateLimit-Policy': `${perMinute};w=60;burst=${most}`,
  }
}
