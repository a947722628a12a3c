/** How long a provider that has had enough wants to be left alone: read from its answer, kept with the failure. */
import { Failure } from '#contract'
import type { ProviderAnswer } from './provider-http.ts'

/** A time that a provider may ask for; longer than this is another provider's turn anyway. */
const LONGEST_WAIT = 10 * 60_000

/** `provider-throttled`, of which `atLeastMs` tells how long to wait. `now` in milliseconds since 1970. */
export function throttled(provider: string, answer: ProviderAnswer, now: number): Failure {
  const wait = byHeader(answer.headers['retry-after'], now) ?? inWords(answer.text) ?? 0
  const message = `${provider} wants fewer requests (${answer.status}). Raise the account's limit, or ask less often.`
  return new Failure('provider-throttled', message, {
    cause: { atLeastMs: Math.min(wait, LONGEST_WAIT) },
  })
}

/** Milliseconds that a thrown thing asks to wait before the next try; 0 where it says nothing of it. */
export function atLeastMs(error: unknown): number {
  if (!(error instanceof Failure)) return 0
  const { cause } = error
  if (typeof cause !== 'object' || cause === null || !('atLeastMs' in cause)) return 0
  return typeof cause.atLeastMs === 'number' ? cause.atLeastMs : 0
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function byHeader(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const wait = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : undefined
}

/** `resets in ~30s`, `Expected available in 12 seconds`, `try again after 2 minutes`. */
const WAIT =
  /\b(?:in|after) ~?(\d+(?:\.\d+)?) ?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?)\b/i

function inWords(text: string): number | undefined {
  const [, count, unit = ''] = WAIT.exec(text) ?? []
  if (count === undefined) return undefined
  return Math.ceil(
    Number(count) * (/^(?:ms|milli)/i.test(unit) ? 1 : /^m/i.test(unit) ? 60_000 : 1000),
  )
}
