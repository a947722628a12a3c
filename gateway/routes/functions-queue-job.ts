/** `POST /functions/v1/queue-job`: today's front end asks for a picture here, and is answered as it always was. */
import { createRoute, z } from '@hono/zod-openapi'
import { json, signedIn } from '../http/answers.ts'
import { allow, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, requireJson } from '../http/limits.ts'
import { createRouter, type Router } from '../http/router.ts'
import { otherMethods } from '../surfaces/functions-methods.ts'
import { functionsRefusal, queueJobWords } from '../surfaces/functions-words.ts'
import { queueJobBody, readQueueJob } from '../surfaces/queue-job.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

export interface QueueJobParts extends SurfaceParts {
  /** Of our workers. */
  readonly queueName: string
  /** The operator's switch: false turns everybody away. */
  readonly isQueueEnabled: boolean
}

const PATH = '/functions/v1/queue-job'

const text = (description: string) => ({
  description,
  content: { 'text/plain': { schema: z.string() } },
})
const refusal = (description: string) => json(functionsRefusal, description)

const route = createRoute({
  method: 'post',
  path: PATH,
  tags: ['Today’s functions'],
  summary: 'Ask for a picture as today’s page does',
  security: signedIn,
  request: { body: { content: { 'application/json': { schema: queueJobBody } }, required: true } },
  responses: {
    200: json(
      z.object({
        jobId: z.string(),
        status: z.literal('queued'),
        queueName: z.string(),
        message: z.string(),
      }),
      'The job is accepted.',
    ),
    400: text('What is wrong, and with which field.'),
    401: text('There is no valid key or token.'),
    402: refusal('The caller has used up what it may use.'),
    403: refusal('`CROSS_USER_REFERENCE` for another user’s file.'),
    409: refusal('The first request of this key is still read.'),
    413: refusal('More was sent than is read.'),
    415: text('What was sent is no JSON.'),
    422: refusal('It will not be made.'),
    429: refusal('The caller asks more often than it may.'),
    451: refusal('The picture was taken down.'),
    500: refusal('Something went wrong that should not.'),
    502: refusal('A provider failed.'),
    503: refusal('`SDXL_DISABLED` where it is switched off; else nobody can do it now.'),
    504: refusal('It was not done in time.'),
  },
})

export function queueJobRoutes(parts: QueueJobParts): Router {
  const { queueName, isQueueEnabled, log } = parts
  const router = createRouter()
  const writes = callerOf(parts, 'jobs:write')
  const middleware = [writes, limitBody(MOST_JSON_BYTES), requireJson()]
  router.openapi({ ...route, middleware }, async (context) => {
    if (!isQueueEnabled) {
      const error = 'Local pictures are switched off. Choose another model, or try again later.'
      return context.json({ success: false as const, code: 'SDXL_DISABLED', error }, 503)
    }
    const request = readQueueJob(context.req.valid('json'))
    const { row } = await parts.accept(request, {
      ...{ caller: context.get('caller'), surface: 'functions' },
      idempotencyKey: keyIn(context.req.header('idempotency-key')),
      allow: (images) => allow(context, parts, images),
      trace: context.get('trace'),
    })
    const message = 'The job is queued.'
    return context.json({ jobId: row.id, status: 'queued' as const, queueName, message }, 200)
  })
  otherMethods(router, PATH)
  router.onError(refuseIn(queueJobWords, log))
  return router
}

/** Today's callers send none; of one that does, what is no key is passed over. */
const keyIn = (header: string | undefined): string | undefined =>
  header !== undefined && /^[\x21-\x7e]{1,255}$/.test(header) ? header : undefined
