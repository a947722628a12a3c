/** Refusals as the web UI's API writes them. */
import { z } from '@hono/zod-openapi'
import type { Told, Words } from './refuse-in-words.ts'

export const sdapiRefusal = z
  .object({
    error: z.string().openapi({ description: 'Our code of the kind of failure.' }),
    detail: z.string().openapi({ description: 'What is wrong, and what mends it.' }),
    body: z.string(),
    errors: z.string().openapi({ description: 'The detail once more, where some clients look.' }),
  })
  .openapi('SdapiError')

export function sdapiWords({ code, problem: { detail } }: Told): Words {
  return { body: { error: code, detail, body: '', errors: detail } }
}
