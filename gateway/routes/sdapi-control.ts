/** `/sdapi/v1/progress` and `interrupt`: of the caller's own job, where the web UI has one for everybody. */
import { createRoute, z } from '@hono/zod-openapi'
import { json, signedIn } from '../http/answers.ts'
import { allow, callerOf } from '../http/caller-of.ts'
import { createRouter, type Router } from '../http/router.ts'
import { withBasicKey } from '../surfaces/basic-key.ts'
import { openSdapiJobs } from '../surfaces/open-sdapi-job.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import { progressView, snapshotOf, viewProgress } from '../surfaces/sdapi-progress.ts'
import { sdapiRefusal, sdapiWords } from '../surfaces/sdapi-words.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

const refusals = Object.fromEntries(
  [401, 403, 422, 429, 500, 503].map((status) => [status, json(sdapiRefusal, 'What is wrong.')]),
)

const progress = createRoute({
  method: 'get',
  path: '/sdapi/v1/progress',
  tags: ['The web UI’s API'],
  summary: 'How far your job is',
  security: signedIn,
  request: {
    query: z.object({
      skip_current_image: z.string().optional().openapi({ description: 'true: without it.' }),
    }),
  },
  responses: { 200: json(progressView, 'All zeros where nothing is drawn.'), ...refusals },
})

const interrupt = createRoute({
  method: 'post',
  path: '/sdapi/v1/interrupt',
  tags: ['The web UI’s API'],
  summary: 'End your job that is drawn, or is next',
  security: signedIn,
  responses: { 200: json(z.object({}), 'It is ended, if there was one.'), ...refusals },
})

export function sdapiControlRoutes(parts: SurfaceParts): Router {
  const { database, jobWatch, cancel, log } = parts
  const router = createRouter()
  const known = withBasicKey(parts)

  router.openapi({ ...progress, middleware: callerOf(known, 'jobs:read') }, async (context) => {
    // Clients ask twice a second while they wait, which is no sign of greed: it is not counted.
    const open = await openSdapiJobs(database, context.get('caller'))
    const snapshot = open.current && (await snapshotOf(jobWatch, open.current.id))
    const view = viewProgress(open, snapshot)
    const { skip_current_image: skips } = context.req.valid('query')
    return context.json(skips === 'true' ? { ...view, current_image: null } : view, 200)
  })

  router.openapi({ ...interrupt, middleware: callerOf(known, 'jobs:write') }, async (context) => {
    await allow(context, parts, 0)
    const caller = context.get('caller')
    const { current } = await openSdapiJobs(database, caller)
    if (current) await cancel(current.id, caller)
    return context.json({}, 200)
  })

  router.onError(refuseIn(sdapiWords, log))
  return router
}
