/** What fal.ai's stand-in answers when it was told to fail, in fal.ai's own words. */
import type { Reply } from '../stub-wire.case.ts'

const faults = {
  /** 429 with `Retry-After: 7`. */
  throttled: plain(429, 'Too many requests', { 'retry-after': '7' }),
  /** 429 that does not say how long. */
  'throttled-mutely': plain(429, 'Too many requests'),
  unauthenticated: plain(401, 'Cannot access application. Authentication is required'),
  'no-credit': plain(402, 'Exhausted balance. Top up your balance at fal.ai/dashboard/billing.'),
  locked: plain(403, 'User is locked. Reason: Exhausted balance.'),
  missing: plain(404, 'Application not found'),
  'too-large': plain(413, 'Payload too large'),
  invalid: typed('greater_than_equal', 'Input should be greater than or equal to 0.05'),
  filtered: typed('content_policy_violation', 'The prompt was flagged by a content checker.'),
  'filtered-in-words': plain(400, 'NSFW content detected in the prompt.'),
  internal: plain(500, 'Internal Server Error'),
  unavailable: plain(503, 'Service Unavailable'),
  /** A platform error with its type. */
  'no-runner': platform(503, 'runner_scheduling_failure'),
  'gateway-timeout': { status: 504, text: '<html><h1>504 Gateway Time-out</h1></html>' },
  /** 504 that is ours. */
  'out-of-time': {
    ...platform(504, 'request_timeout'),
    headers: { 'x-fal-request-timeout-type': 'user' },
  },
  /** 400 that a second try would mend, by its header. */
  retryable: plain(400, 'Try again', { 'x-fal-retryable': 'true' }),
  /** The connection is cut once the request is there; it was not taken. */
  reset: { reset: true },
  /** The same, and it was taken. */
  'reset-taken': { reset: true },
  /** Never answered, and not taken. */
  silent: { silent: true },
  'silent-taken': { silent: true },
  /** Taken, and answered with half a document. */
  malformed: { status: 200, text: '{"request_id": "tak' },
} as const satisfies Record<string, Reply>

export type Fault = keyof typeof faults

export const faultAnswer = (fault: Fault): Reply => faults[fault]

/** Whether the call did what it was to do, whatever it was answered. */
export const isTaken = (fault: Fault | undefined): boolean =>
  fault === undefined ||
  fault === 'reset-taken' ||
  fault === 'silent-taken' ||
  fault === 'malformed'

function plain(status: number, detail: string, headers: Record<string, string> = {}) {
  return { status, headers, json: { detail } }
}

function typed(type: string, msg: string) {
  const detail = [{ loc: ['body', 'strength'], msg, type, input: 'unexpected words' }]
  return { status: 422, json: { detail } }
}

function platform(status: number, type: string) {
  const headers: Record<string, string> = { 'x-fal-error-type': type }
  return { status, headers, json: { detail: 'Something unexpected', error_type: type } }
}
