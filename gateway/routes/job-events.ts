/** `/v1/jobs/{id}/events`: what becomes of a job, as it happens. */
import { createRoute, z } from '@hono/zod-openapi'
import { Failure, isId } from '#contract'
import type { Storage } from '#platform/storage/storage.ts'
import type { Database } from '../database/database.ts'
import type { EventStreams } from '../events/event-streams.ts'
import { END, eventViews, writeNews } from '../events/event-view.ts'
import type { JobWatch } from '../events/job-watch.ts'
import { isStreamId } from '../events/stream-order.ts'
import { problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { createRouter, type Router } from '../http/router.ts'
import { jobOf } from '../store/find-jobs.ts'

export interface JobEventParts extends CallerParts {
  readonly database: Database
  readonly storage: Pick<Storage, 'sign'>
  readonly jobWatch: Pick<JobWatch, 'watch'>
  readonly eventStreams: Pick<EventStreams, 'open'>
}

const description = `Server-sent events. \`snapshot\` comes first: the job, where it stands, how far it is. Then
\`status\` and \`progress\`, and last \`completed\`, \`failed\` or \`cancelled\` with the whole job; the stream ends there.
\`reconnect\` ends one that is to be opened anew. A client that comes back with Last-Event-ID hears what it missed, as long
as that is kept, else a snapshot; one that heard the end gets 204.`

const get = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}/events',
  tags: ['Jobs'],
  summary: 'What becomes of one of your jobs, as it happens',
  description,
  security: signedIn,
  request: {
    params: z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) }),
    headers: z.object({
      'last-event-id': z.string().optional().openapi({ description: 'Of the last event heard.' }),
    }),
  },
  responses: {
    200: {
      description: 'The events, until the job is over, ten minutes at most.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'The job is over, and all was heard.' },
    ...problems(401, 403, 404, 429, 503),
  },
})

export function jobEventRoutes(parts: JobEventParts): Router {
  const { database, storage, jobWatch, eventStreams } = parts
  const router = createRouter()
  for (const [name, schema] of Object.entries(eventViews)) {
    router.openAPIRegistry.register(name, schema)
  }

  router.openapi({ ...get, middleware: callerOf(parts, 'jobs:read') }, async (context) => {
    await allow(context, parts, 0)
    const caller = context.get('caller')
    const { id } = context.req.valid('param')
    const row = isId(id) ? await jobOf(database, id, caller) : undefined
    if (!row) throw new Failure('not-found', 'There is no such job. It may have been deleted.')
    const last = context.req.valid('header')['last-event-id'] ?? ''
    if (last === END && row.finishedAt !== null) return context.body(null, 204)
    context.header('content-type', 'text/event-stream')
    context.header('cache-control', 'no-store, no-transform')
    // For nginx, which would keep events until there are enough of them.
    context.header('x-accel-buffering', 'no')
    if (context.req.method === 'HEAD') return context.body(null, 200)

    const after = isStreamId(last) ? last : undefined
    const body = eventStreams.open(`${caller.tenant}/${caller.userId}`, {
      async *events(signal) {
        for await (const news of jobWatch.watch(id, { after, signal })) {
          yield await writeNews(news, storage)
        }
      },
      destroy: () => context.env?.outgoing?.destroy(),
    })
    return context.body(body, 200)
  })
  return router
}
