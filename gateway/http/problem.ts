/** What an error is to a client: RFC 9457's problem, with our code, and never a word of somebody else's. */
import { z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { Failure, type FailureCode, failureTable } from '#contract'
import { atLeastMs } from '../providers/retry-after.ts'
import type { Tried } from '../store/job-row.ts'
import { type WrongField, wrongFieldsOf } from './wrong-fields.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** Where the providers that could take over had their turn too. */
const fallback = {
  error: z.string().optional().openapi({ description: 'The title once more, for older clients.' }),
  details: z.string().optional().openapi({ description: 'Which provider ended how.' }),
  fallback_attempted: z.boolean().optional(),
}

const common = {
  type: z.string().openapi({ example: 'urn:i2i:problem:request-invalid' }),
  title: z.string().openapi({ description: 'Of the kind of problem.' }),
  status: z.int(),
  detail: z.string().openapi({ description: 'Of this one: what is wrong, and what mends it.' }),
  code: z.enum(Object.keys(failureTable)).openapi({ example: 'request-invalid' }),
  ...fallback,
}

/** Why a job failed. */
export const failureView = z.object(common).openapi('Failure')

export const problemSchema = z
  .object({
    ...common,
    instance: z.string().optional().openapi({ description: 'Of the request, as in its log.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'Every field that is wrong.' }),
  })
  .openapi('Problem')

export type Problem = z.infer<typeof problemSchema>

export interface ProblemAnswer {
  readonly problem: Problem
  /** Seconds; with 429, and with 503 where waiting may help. No other problem is worth asking again so soon. */
  readonly retryAfter: number | undefined
  /** Whether it is a mistake of ours, to be logged with where it happened. */
  readonly isOurs: boolean
}

/** Of whatever was thrown. What is no Failure tells nothing of itself. */
export function problemOf(error: unknown, instance?: string): ProblemAnswer {
  const failure = asFailure(error)
  const { status, ...described } = describe(failure.code, failure.message)
  const errors = wrongFieldsOf(failure)
  const problem = {
    ...described,
    status,
    ...(instance !== undefined && { instance: `urn:uuid:${instance}` }),
    ...(errors.length > 0 && { errors: errors.map((each: WrongField) => ({ ...each })) }),
  }
  return { problem, retryAfter: secondsToWait(failure), isOurs: failure.code === 'internal' }
}

/** @param tried providers that had the job before the one at which it ended. */
export function viewFailure(
  { code, message }: { readonly code: FailureCode; readonly message: string },
  tried: readonly Tried[],
): z.infer<typeof failureView> {
  const described = describe(code, message)
  if (tried.length === 0) return described
  const details = tried.map((each) => `${each.provider}: ${each.code}`).join(', ')
  return { ...described, error: described.title, details, fallback_attempted: true }
}

function describe(code: FailureCode, message: string) {
  const { httpStatus: status, meaning: title } = failureTable[code]
  return { type: `urn:i2i:problem:${code}`, title, status, detail: sentenceOf(code, message), code }
}

/** What routing says for callers to read. */
const SPOKEN: ReadonlySet<FailureCode> = new Set([
  'no-provider',
  'worker-unavailable',
  'queue-full',
  'too-busy',
  'deadline-expired',
  'shutting-down',
])

/** Sentences of ours about what the client did. Those about services and settings are for the operator's log. */
function sentenceOf(code: FailureCode, message: string): string {
  const { fault, meaning } = failureTable[code]
  return fault === 'user' || fault === 'policy' || SPOKEN.has(code) ? message : meaning
}

const byStatus: Readonly<Record<number, FailureCode>> = {
  400: 'request-unreadable',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'request-too-large',
  415: 'media-type-unsupported',
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = error instanceof HTTPException ? byStatus[error.status] : undefined
  if (code === 'request-unreadable') {
    return new Failure(code, 'The body is not what its content type says. Send valid JSON.')
  }
  if (code === 'media-type-unsupported') {
    return new Failure(code, 'The body is of another type than is read here. See /docs.')
  }
  return new Failure(code ?? 'internal', failureTable[code ?? 'internal'].meaning)
}

/** For those that are not told otherwise: soon enough for a person, and no storm of a thousand clients. */
const PATIENCE_SECONDS = 5

/** As long as the failure asks for. Of itself it passes where trying again may help, or where we have too much to do. */
function secondsToWait(failure: Failure): number | undefined {
  const { httpStatus, retryable, fault } = failureTable[failure.code]
  if (httpStatus !== 429 && httpStatus !== 503) return undefined
  const asked = Math.ceil(atLeastMs(failure) / 1_000)
  if (asked > 0) return asked
  return httpStatus === 429 || retryable || fault === 'us' ? PATIENCE_SECONDS : undefined
}
