/** What Replicate's stand-in answers when it was told to fail, in Replicate's own words. */
import type { Reply } from '../stub-wire.case.ts'

const throttled = 'Request was throttled. Your rate limit'

const faults = {
  /** 429 with `Retry-After: 7`. */
  throttled: problem(429, 'Request was throttled', `${throttled} resets in ~9s.`, {
    'retry-after': '7',
  }),
  /** 429 that says how long in words alone. */
  'throttled-in-words': problem(429, 'Request was throttled', `${throttled} resets in ~30s.`),
  /** 429 in the words of before. */
  'throttled-in-old-words': problem(
    429,
    '',
    'Request was throttled. Expected available in 12 seconds.',
  ),
  /** 429 that does not say how long. */
  'throttled-mutely': problem(429, 'Request was throttled', ''),
  unauthenticated: problem(401, 'Unauthenticated', 'You did not pass a valid authentication token'),
  'no-credit': problem(
    402,
    'Insufficient credit',
    'You have insufficient credit to run this model.',
  ),
  forbidden: problem(403, 'Forbidden', 'You do not have permission.'),
  missing: problem(404, 'Not found', 'The requested resource could not be found.'),
  'too-large': problem(413, 'Too large', 'The file is too large.'),
  invalid: problem(
    422,
    'Input validation failed',
    '- input.width: Must be less than or equal to 1920\n',
  ),
  filtered: problem(422, 'Prompt refused', 'The input was flagged as sensitive. (E005)'),
  internal: problem(500, 'Internal server error', 'An unexpected error occurred.'),
  unavailable: problem(503, 'Service unavailable', 'Try again later.'),
  'gateway-timeout': { status: 504, text: '<html><h1>504 Gateway Time-out</h1></html>' },
  /** The connection is cut once the request is there; it was not taken. */
  reset: { reset: true },
  /** The same, and it was taken. */
  'reset-taken': { reset: true },
  /** Never answered, and not taken. */
  silent: { silent: true },
  'silent-taken': { silent: true },
  /** Taken, and answered with half a document. */
  malformed: { status: 201, text: '{"id": "tak' },
} as const satisfies Record<string, Reply>

export type Fault = keyof typeof faults

export const faultAnswer = (fault: Fault): Reply => faults[fault]

function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
) {
  return { status, headers, json: { title, detail, status } }
}
