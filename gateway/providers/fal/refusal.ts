/** What fal.ai says of a request that came to nothing, and whose turn it is then. */
import { z } from 'zod'
import { Failure } from '#contract'
import type { ProviderAnswer } from '../provider-http.ts'
import { refusalOf } from '../refusal.ts'
import { blamesContent } from '../refused-content.ts'

export interface Told {
  /** Machine-readable, the model's own first. */
  readonly types: readonly string[]
  /** For people; never passed on, since they may repeat the prompt. */
  readonly words: string
  readonly isRetryable: boolean | undefined
  /** Whether it was our own limit that it ran into. */
  readonly isOurTimeout: boolean
}

/** A model's refusal is a list, the platform's a text with its type beside it. */
const body = z.object({
  detail: z
    .union([
      z.string(),
      z.array(z.object({ type: z.string().optional(), msg: z.string().optional() })),
    ])
    .optional()
    .catch(undefined),
  error_type: z.string().nullish().catch(undefined),
})

export function toldBy({ headers, json }: Pick<ProviderAnswer, 'headers' | 'json'>): Told {
  const { detail, error_type: platform } = body.safeParse(json).data ?? {}
  const errors = Array.isArray(detail) ? detail : []
  const types = [...errors.map(({ type }) => type), platform, headers['x-fal-error-type']]
  // Not `ctx` and `input`, which repeat what was asked.
  const words = Array.isArray(detail) ? errors.map(({ msg = '' }) => msg).join('\n') : detail
  return {
    types: types.flatMap((type) => type || []),
    words: words ?? '',
    // The second is its name of before.
    isRetryable: asBoolean(headers['x-fal-retryable'] ?? headers['x-fal-needs-retry']),
    isOurTimeout: headers['x-fal-request-timeout-type'] === 'user',
  }
}

function asBoolean(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  return /^(?:1|true|yes)$/i.test(value)
}

/** Whether the request was ended at our own wish. */
export const isCancelled = ({ types }: Told): boolean => types.includes('client_cancelled')

/** Undefined where what was told says nothing that the status does not. */
export function failureOfTold(told: Told): Failure | undefined {
  const { types, words, isRetryable, isOurTimeout } = told
  if (isOurTimeout) {
    return new Failure('deadline-expired', 'fal.ai had not started it when its time was over.')
  }
  if (types.includes('content_policy_violation') || blamesContent(words)) {
    return new Failure('provider-refused-content', 'fal.ai refused the content.')
  }
  const type = types.find((one) => KNOWN.has(one))
  const named = type === undefined ? '' : ` (${type})`
  if (type === 'file_download_error') {
    const mend = 'Check that PUBLIC_URL or the storage can be reached from outside.'
    const message = `fal.ai could not fetch the reference${named}. ${mend}`
    return new Failure('provider-unavailable', message)
  }
  if (type !== undefined && REFERENCE.has(type)) {
    return new Failure('provider-failed', `fal.ai does not take the reference${named}.`)
  }
  if (isRetryable ?? (type !== undefined && TRANSIENT.has(type))) {
    return new Failure('provider-unavailable', `fal.ai could not run it now${named}.`)
  }
  if (type === undefined && isRetryable === undefined) return undefined
  return new Failure('provider-failed', `fal.ai ran the job and failed${named}.`)
}

/** Of a reference that every other provider may take all the same. */
const REFERENCE: ReadonlySet<string> = new Set([
  'image_too_large',
  'image_too_small',
  'image_load_error',
  'file_too_large',
  'face_detection_error',
  'unsupported_image_format',
])

/** Of its machines. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'request_timeout',
  'startup_timeout',
  'runner_scheduling_failure',
  'runner_connection_timeout',
  'runner_disconnected',
  'runner_connection_refused',
  'runner_connection_error',
  'runner_incomplete_response',
  'runner_server_error',
  'internal_error',
  'internal_server_error',
  'generation_timeout',
  'downstream_service_error',
  'downstream_service_unavailable',
])

/** Types that may be told: others are text of theirs. */
const KNOWN: ReadonlySet<string> = new Set([
  ...REFERENCE,
  ...TRANSIENT,
  'file_download_error',
  'no_media_generated',
  'feature_not_supported',
  'client_disconnected',
  'client_cancelled',
  'bad_request',
])

/** For an answer that is no success. `now` in milliseconds since 1970. */
export function refusalOfFal(answer: ProviderAnswer, now: number): Failure {
  const isOurs = OURS.has(answer.status)
  const failure = isOurs ? undefined : failureOfTold(toldBy(answer))
  return failure ?? refusalOf(answer, { provider: 'fal.ai', keySetting: 'FAL_KEY', now })
}

/** Of our key, our account and our rate, whatever else is said. */
export const OURS: ReadonlySet<number> = new Set([401, 402, 403, 429])
