/** `/v1/jobs`: a job is asked for, looked at, listed, and ended. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Failure, isId } from '#contract'
import type { Storage } from '#platform/storage/storage.ts'
import { within } from '#platform/within.ts'
import type { Database } from '../database/database.ts'
import { json, problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, requireJson } from '../http/limits.ts'
import { waitSeconds } from '../http/prefer.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'
import type { WaitForEnd } from '../http/wait-for-end.ts'
import { refusalOfFields } from '../http/wrong-fields.ts'
import type { Accept } from '../jobs/accept.ts'
import { acceptedView, previewView, viewAccepted, viewPreview } from '../jobs-view/accepted-view.ts'
import { jobView, viewJob } from '../jobs-view/job-view.ts'
import { jobPage, summarise } from '../jobs-view/summary-view.ts'
import { type JobRequest, jobRequest } from '../requests/job-request.ts'
import type { RoutingView } from '../routing/routing-view.ts'
import { createFindJob, type FindJob, jobsOf } from '../store/find-jobs.ts'
import type { JobRow, JobStatus, Owner } from '../store/job-row.ts'

export interface JobsParts extends CallerParts, Accept {
  readonly database: Database
  readonly storage: Pick<Storage, 'sign'>
  readonly waitForEnd: WaitForEnd
  /** As it is then; undefined for another owner's. */
  readonly cancel: (id: string, owner: Owner) => Promise<JobStatus | undefined>
  /** Deletes what is stored of a job, at once where it is over, else as soon as it is. */
  readonly purge: (id: string, owner: Owner) => Promise<unknown>
  /** What routing sees: who is configured at all. */
  readonly view: () => RoutingView
  /** Of our workers. */
  readonly queueName: string
  /** CLIP's tokens of a text; undefined where nobody counts them. */
  readonly countTokens?: ((text: string) => number) | undefined
}

const body = { content: { 'application/json': { schema: jobRequest } }, required: true }
const PAGE = 'must be a whole number from 1 to 100'
const params = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) })
const whatJsonGets = [400, 401, 403, 413, 415, 422, 429, 451, 503] as const

const post = createRoute({
  method: 'post',
  path: '/v1/jobs',
  tags: ['Jobs'],
  summary: 'Ask for a picture',
  security: signedIn,
  request: {
    body,
    headers: z.object({
      'idempotency-key': z
        .string()
        .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 characters of ASCII')
        .optional()
        .openapi({ description: 'The same key and body give the same job, for 24 hours.' }),
      prefer: z.string().optional().openapi({
        description: '`wait=N`, at most 55: the finished job is answered, if it is by then.',
      }),
    }),
  },
  responses: {
    200: json(jobView, 'The job is over, within the time that Prefer named.'),
    202: json(acceptedView, 'The job is accepted.'),
    ...problems(...whatJsonGets, 402, 409, 502),
  },
})

const preview = createRoute({
  method: 'post',
  path: '/v1/jobs/preview',
  tags: ['Jobs'],
  summary: 'What would run, and where, without running it',
  security: signedIn,
  request: { body },
  responses: { 200: json(previewView, 'As it would run now.'), ...problems(...whatJsonGets) },
})

const list = createRoute({
  method: 'get',
  path: '/v1/jobs',
  tags: ['Jobs'],
  summary: 'Your jobs, newest first',
  security: signedIn,
  request: {
    query: z.object({
      limit: z.coerce.number(PAGE).int(PAGE).min(1, PAGE).max(100, PAGE).default(20),
      after: z.custom<string>(isId, 'must be the id of a job').optional().openapi({
        type: 'string',
        description: 'The last job of the page before.',
      }),
    }),
  },
  responses: {
    200: json(jobPage, 'A page of jobs.'),
    ...problems(401, 403, 422, 429, 503),
  },
})

const get = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}',
  tags: ['Jobs'],
  summary: 'One of your jobs',
  security: signedIn,
  request: { params },
  responses: {
    200: json(jobView, 'As it is now.'),
    307: { description: 'To its events, for who accepts text/event-stream before all else.' },
    ...problems(401, 403, 404, 429, 503),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/jobs/{id}',
  tags: ['Jobs'],
  summary: 'End one of your jobs, or delete what is stored of it',
  security: signedIn,
  request: {
    params,
    query: z.object({
      purge: z.enum(['true', 'false'], 'must be true or false').optional().openapi({
        description: 'Deletes its pictures and its words, as soon as it is over.',
      }),
    }),
  },
  responses: {
    200: json(jobView, 'The job is over.'),
    202: json(jobView, 'It is asked to stop, and has not yet.'),
    ...problems(401, 403, 404, 422, 429, 503),
  },
})

export function jobRoutes(parts: JobsParts): Router {
  const { database, storage, queueName } = parts
  const find = createFindJob(database)
  const router = createRouter()
  const writes = callerOf(parts, 'jobs:write')
  const reads = callerOf(parts, 'jobs:read')
  const reading = [limitBody(MOST_JSON_BYTES), requireJson()]

  router.openapi({ ...post, middleware: [writes, ...reading] as const }, async (context) => {
    const request = context.req.valid('json')
    requireProvider(request, parts)
    const { 'idempotency-key': idempotencyKey, prefer } = context.req.valid('header')
    const accepted = await parts.accept(request, {
      ...{ caller: context.get('caller'), surface: 'v1', idempotencyKey },
      allow: (images) => allow(context, parts, images),
      trace: context.get('trace'),
    })
    const { row, replayed } = accepted
    if (replayed) context.header('idempotency-replayed', 'true')
    context.header('location', `/v1/jobs/${row.id}`)
    const seconds = waitSeconds(prefer)
    if (seconds === undefined) return context.json(viewAccepted(accepted, queueName), 202)
    context.header('preference-applied', `wait=${seconds}`)
    const wait = (signal: AbortSignal) => parts.waitForEnd(row.id, signal)
    const then = await within(seconds * 1_000, context.req.raw.signal, wait)
    if (then && then.finishedAt !== null) return context.json(await viewJob(then, storage), 200)
    return context.json(viewAccepted({ ...accepted, row: then ?? row }, queueName), 202)
  })

  router.openapi({ ...preview, middleware: [writes, ...reading] as const }, async (context) => {
    const request = context.req.valid('json')
    requireProvider(request, parts)
    await allow(context, parts, 0)
    const previewed = await parts.preview(request, { caller: context.get('caller') })
    return context.json(viewPreview(previewed, parts.countTokens), 200)
  })

  router.openapi({ ...list, middleware: reads }, async (context) => {
    const { limit, after } = context.req.valid('query')
    await allow(context, parts, 0)
    const rows = await jobsOf(database, context.get('caller'), { limit, after })
    const jobs = await Promise.all(rows.map((row) => summarise(row, storage)))
    const next = rows.length === limit ? (rows.at(-1)?.id ?? null) : null
    return context.json({ jobs, next }, 200)
  })

  router.openapi({ ...get, middleware: reads }, async (context) => {
    await allow(context, parts, 0)
    const row = await own(context, context.req.valid('param').id, find)
    // As EventSource asks, which takes nothing else for an answer.
    if (/^text\/event-stream\b/i.test(context.req.header('accept') ?? '')) {
      return context.redirect(`/v1/jobs/${row.id}/events`, 307)
    }
    return context.json(await viewJob(row, storage), 200)
  })

  router.openapi({ ...remove, middleware: writes }, async (context) => {
    const { id } = context.req.valid('param')
    await allow(context, parts, 0)
    const caller = context.get('caller')
    await own(context, id, find)
    await parts.cancel(id, caller)
    if (context.req.valid('query').purge === 'true') await parts.purge(id, caller)
    const row = await own(context, id, find)
    return context.json(await viewJob(row, storage), row.finishedAt === null ? 202 : 200)
  })
  return router
}

/** Throws `request-invalid` for a provider that no waiting brings. */
function requireProvider(
  { provider }: JobRequest,
  { view }: { readonly view: () => Pick<RoutingView, 'order'> },
): void {
  if (provider === undefined) return
  const { order } = view()
  if (order.includes(provider)) return
  const message = `must be one of ${order.join(', ')}, which are configured here`
  throw refusalOfFields([{ field: 'provider', message }])
}

/** Throws `not-found`, also for another caller's. */
async function own(context: Context<HttpEnv>, id: string, find: FindJob): Promise<JobRow> {
  const row = isId(id) ? await find(id, context.get('caller')) : undefined
  if (row) return row
  throw new Failure('not-found', 'There is no such job. It may have been deleted since.')
}
