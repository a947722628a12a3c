/** Providers' words about their work: verified, heard once, and taken as a hint to look, never as the truth. */
import { createRoute, z } from '@hono/zod-openapi'
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'
import { hashOfToken } from '../caretaker/attempt-token.ts'
import type { Caretaker } from '../caretaker/caretaker.ts'
import type { Database } from '../database/database.ts'
import { json, problems } from '../http/answers.ts'
import { limitBody } from '../http/limits.ts'
import { createRouter, type Router } from '../http/router.ts'
import type { Provider, RemoteProviderName } from '../providers/provider.ts'
import { attemptOfToken } from '../store/attempts.ts'
import { hearWebhook } from '../store/remote-attempts.ts'

export interface WebhookParts {
  readonly database: Database
  readonly providers: readonly Provider[]
  readonly caretaker: Pick<Caretaker, 'nudge'>
  readonly log: Log
}

/** A prediction with its logs; pictures come by address. */
const MOST_BYTES = 4 * 1024 * 1024

const places = { replicate: 'replicate', fal: 'fal-ai' } as const satisfies Record<
  string,
  RemoteProviderName
>

const webhook = createRoute({
  method: 'post',
  path: '/webhooks/{provider}/{token}',
  tags: ['Service'],
  summary: 'For providers: something became of a job',
  description:
    'Signed by the provider. One that was heard before is answered 200 and changes nothing.',
  request: {
    params: z.object({
      provider: z.enum(['replicate', 'fal'], 'must be replicate or fal'),
      token: z.string().regex(/^[\w-]{43}$/, 'must be a token of ours'),
    }),
  },
  responses: {
    200: json(z.object({ heard: z.boolean() }), 'It was heard, now or before.'),
    ...problems(400, 401, 404, 413, 415, 422, 503),
  },
})

export function webhookRoutes(parts: WebhookParts): Router {
  const { database, providers, caretaker, log } = parts
  const router = createRouter()
  router.openapi({ ...webhook, middleware: limitBody(MOST_BYTES) }, async (context) => {
    const params = context.req.valid('param')
    const provider = providers.find(({ name }) => name === places[params.provider])
    if (!provider) throw unknown()
    const headers = context.req.header()
    const body = new Uint8Array(await context.req.arrayBuffer())
    const { eventId, ref } = await provider.readWebhook({ headers, body })
    const attempt = await attemptOfToken(database, hashOfToken(params.token))
    if (attempt?.provider !== provider.name) throw unknown()
    const heard = await hearWebhook(database, {
      ...{ provider: provider.name, eventId, attemptId: attempt.id, ref },
    })
    log.info('webhook heard', { jobId: attempt.jobId, provider: provider.name, isRetried: !heard })
    if (heard) caretaker.nudge()
    return context.json({ heard }, 200)
  })
  return router
}

const unknown = (): Failure =>
  new Failure('not-found', 'No attempt at a job has this address. It may have been deleted.')
