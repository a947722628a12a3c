/** Refusals as OpenAI writes them, so that its clients throw what they know. */
import { z } from '@hono/zod-openapi'
import { failureTable } from '#contract'
import type { Told, Words } from './refuse-in-words.ts'

export const openaiRefusal = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .openapi('OpenaiError')

/** What its clients look for by name. */
const codes: Readonly<Record<string, string>> = {
  unauthorized: 'invalid_api_key',
  'rate-limited': 'rate_limit_exceeded',
  'quota-exceeded': 'insufficient_quota',
}

export function openaiWords({ code, problem }: Told): Words {
  const { status, detail: message, errors } = problem
  const param = errors?.[0]?.field ?? null
  // Content that is refused is OpenAI's 400.
  if (failureTable[code].fault === 'policy' && status === 422) {
    const type = 'image_generation_user_error'
    return { status: 400, body: { error: { message, type, param, code: 'moderation_blocked' } } }
  }
  const error = { message, type: typeOf(status), param, code: codes[code] ?? code }
  return { body: { error } }
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
