/** What a receiver's answer to a callback means for the next attempt. */

import type { Answer } from '../fetch/guarded-fetch.ts'

export type Outcome =
  /** It was taken. */
  | { readonly kind: 'delivered' }
  /** It was taken and did nothing: the job is not known there, or over already. */
  | { readonly kind: 'skipped' }
  /** To be sent again, after no less than `atLeast` milliseconds. */
  | { readonly kind: 'retry'; readonly atLeast: number; readonly reason: string }
  /** 410: nothing is to be sent to that URL any more. */
  | { readonly kind: 'gone' }
  /** The same bytes would be refused for ever. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Statuses that blame what was sent. 401, 403 and 404 are not among them: a key, a clock or a
 * deployment is mended while the callback waits.
 */
const BLAMES_THE_BODY: ReadonlySet<number> = new Set([400, 405, 406, 413, 414, 415, 422, 431])

/** A time that a receiver may ask for; a longer one would be as good as a refusal. */
const LONGEST_WAIT = 24 * 60 * 60_000

/** Only 2xx is success; a redirect is a failure, since a body is not sent on to where it points. */
export function classify({ status, headers, body }: Answer, now: number): Outcome {
  if (status >= 200 && status < 300) {
    return { kind: saysSkipped(body) ? 'skipped' : 'delivered' }
  }
  if (status === 410) return { kind: 'gone' }
  if (BLAMES_THE_BODY.has(status)) return { kind: 'refused', reason: `answered ${status}` }
  const asked = retryAfter(headers['retry-after'], now)
  return { kind: 'retry', atLeast: Math.min(asked, LONGEST_WAIT), reason: `answered ${status}` }
}

/** `{"success": true, "skipped": true}`, as job-callback says it. */
function saysSkipped(body: Uint8Array): boolean {
  try {
    const answer: unknown = JSON.parse(Buffer.from(body).toString())
    return (
      typeof answer === 'object' &&
      answer !== null &&
      'skipped' in answer &&
      answer.skipped === true
    )
  } catch {
    // Anything may be said with a 200.
    return false
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from `now`; 0 for neither. */
function retryAfter(value: string | string[] | undefined, now: number): number {
  if (typeof value !== 'string') return 0
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0
}
