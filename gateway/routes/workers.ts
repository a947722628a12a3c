/** `GET /v1/workers`: who can draw now, exactly as routing sees it. */
import { createRoute } from '@hono/zod-openapi'
import { json, problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { createRouter, type Router } from '../http/router.ts'
import { type RoutingView, routingView } from '../routing/routing-view.ts'

export interface WorkersParts extends CallerParts {
  readonly view: () => RoutingView
}

const workers = createRoute({
  method: 'get',
  path: '/v1/workers',
  tags: ['Service'],
  summary: 'Workers and providers, as routing sees them',
  security: signedIn,
  responses: {
    200: json(routingView, 'As decisions are made now.'),
    ...problems(401, 403, 429, 503),
  },
})

export function workerRoutes(parts: WorkersParts): Router {
  const router = createRouter()
  router.openapi({ ...workers, middleware: callerOf(parts, 'jobs:read') }, async (context) => {
    await allow(context, parts, 0)
    return context.json(parts.view(), 200)
  })
  return router
}
