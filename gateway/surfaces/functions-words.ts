/** Refusals as today's functions write them: a text where it is the request's fault, JSON where the page looks inside. */
import { z } from '@hono/zod-openapi'
import type { Told, Words } from './refuse-in-words.ts'

/** What the page knows by name. */
const codes: Readonly<Record<string, string>> = { 'reference-forbidden': 'CROSS_USER_REFERENCE' }

export const functionsRefusal = z
  .object({
    success: z.literal(false),
    code: z.string().openapi({ example: 'CROSS_USER_REFERENCE' }),
    error: z.string(),
    details: z.string().optional(),
    message: z.string().optional(),
    status: z.union([z.string(), z.int()]).optional(),
    retryable: z.boolean().optional(),
    fallback_suggestion: z.string().optional(),
  })
  .openapi('FunctionsRefusal')

/** Of `queue-job`. */
export function queueJobWords({ code, problem: { status, detail, title } }: Told): Words {
  if (code === 'request-invalid') return { status: 400, body: detail }
  if (status === 400 || status === 401 || status === 405 || status === 415) return { body: detail }
  const refusal = { success: false, code: codes[code] ?? code, error: detail }
  if (status !== 503) return { body: refusal }
  const fallback_suggestion = 'fal-image or replicate-image'
  return { body: { ...refusal, message: title, status: 'failed', fallback_suggestion } }
}

/** Of `replicate-image` and `fal-image`. */
export function providerImageWords({ code, problem, isRetryable }: Told): Words {
  const { detail, title } = problem
  const status = code === 'request-invalid' ? 400 : problem.status
  if (status === 401 || status === 405) return { body: detail }
  const refusal = { success: false, code: codes[code] ?? code, error: title, details: detail }
  return { status, body: { ...refusal, status, retryable: isRetryable } }
}
