/** `/health`, `/ready` and `/metrics`: for those who watch over the process, not for its callers. */
import { createRoute, z } from '@hono/zod-openapi'
import { json, problems } from '../http/answers.ts'
import { createRouter, type Router } from '../http/router.ts'

export interface HealthParts {
  readonly readiness: () => Promise<Readiness>
  /** In Prometheus' text format. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>
}

export type Readiness = z.infer<typeof readiness>

const part = z.enum(['up', 'down'])

const readiness = z
  .object({
    status: z.enum(['ready', 'degraded', 'unready', 'starting', 'draining']).openapi({
      description: 'degraded: jobs are accepted, and our own queue cannot be reached.',
    }),
    database: part,
    queue: z.enum([...part.options, 'none']).openapi({
      description: 'none: no worker of ours takes part.',
    }),
    reason: z.string().optional().openapi({ description: 'Why it is not ready, and the mend.' }),
    notes: z.array(z.string()).optional().openapi({
      description: 'What is done without, each with its mend.',
    }),
  })
  .openapi('Readiness')

const health = createRoute({
  method: 'get',
  path: '/health',
  tags: ['Service'],
  summary: 'Whether the process lives',
  responses: { 200: json(z.object({ status: z.literal('alive') }), 'It does.'), ...problems() },
})

const ready = createRoute({
  method: 'get',
  path: '/ready',
  tags: ['Service'],
  summary: 'Whether it takes jobs',
  responses: {
    200: json(readiness, 'It does.'),
    503: json(
      readiness,
      'It does not: without a database, on a Redis that would lose jobs, or about to end.',
    ),
    ...problems(),
  },
})

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['Service'],
  summary: 'Counters, for Prometheus',
  responses: {
    200: { description: 'Its text format.', content: { 'text/plain': { schema: z.string() } } },
    ...problems(),
  },
})

export function healthRoutes({ readiness: look, scrape }: HealthParts): Router {
  const router = createRouter()
  router.openapi(health, (context) => context.json({ status: 'alive' as const }, 200))
  router.openapi(ready, async (context) => {
    const found = await look()
    const takesJobs = found.status === 'ready' || found.status === 'degraded'
    return context.json(found, takesJobs ? 200 : 503)
  })
  router.openapi(metrics, async (context) => {
    const { contentType, text } = await scrape()
    return context.text(text, 200, { 'content-type': contentType })
  })
  return router
}
