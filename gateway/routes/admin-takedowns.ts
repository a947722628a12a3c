/** `/admin/takedown`: an operator takes a picture down, and sees which takedowns are still to be done. */
import { createRoute, z } from '@hono/zod-openapi'
import { Failure, isId } from '#contract'
import { objectPath } from '#platform/storage/object-path.ts'
import { json, problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, requireJson } from '../http/limits.ts'
import { createRouter, type Router } from '../http/router.ts'
import { sha256Field } from '../requests/sha256-field.ts'
import { requireStorable } from '../requests/storable.ts'
import {
  type Takedown,
  type TakedownParts,
  type TakedownWish,
  takeDown,
  takedowns,
} from '../trust/takedown.ts'

export interface AdminTakedownParts extends CallerParts, TakedownParts {}

const body = z
  .strictObject({
    sha256: sha256Field.optional().openapi({ description: 'Of the file.' }),
    job_id: z.custom<string>(isId, 'must be the id of a job').optional().openapi({
      type: 'string',
      description: 'All that the job has made.',
    }),
    url: z
      .string('must be a text')
      .max(4_096, 'must have at most 4096 characters')
      .optional()
      .openapi({ description: 'A URL of ours, or a path in storage.' }),
    reason: z.string('must be a text').max(1_000, 'must have at most 1000 characters').optional(),
  })
  .openapi('TakedownRequest')

const takedownView = z
  .object({
    id: z.string(),
    target: z.string(),
    reason: z.string().nullable(),
    at: z.iso.datetime(),
    dueAt: z.iso.datetime().openapi({ description: '48 hours after it was asked for.' }),
    doneAt: z.iso.datetime().nullable().openapi({
      description: 'When all that was kept of it was deleted; null while that is tried again.',
    }),
    pictures: z.int().openapi({
      description: 'That are blocked: what was named, and all that was made from it.',
    }),
  })
  .openapi('Takedown')

const post = createRoute({
  method: 'post',
  path: '/admin/takedown',
  tags: ['Operator'],
  summary: 'Take a picture down',
  description:
    'Names one of sha256, job_id and url. The picture and all that was made from it are deleted, and never drawn from ' +
    'or given out again. The same target gives the same takedown.',
  security: signedIn,
  request: { body: { content: { 'application/json': { schema: body } }, required: true } },
  responses: {
    200: json(takedownView, 'It is blocked; deleted too, where doneAt is not null.'),
    ...problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
  },
})

const list = createRoute({
  method: 'get',
  path: '/admin/takedowns',
  tags: ['Operator'],
  summary: 'Takedowns: what is to be done, by when, and what was',
  security: signedIn,
  responses: {
    200: json(
      z.object({ takedowns: z.array(takedownView) }),
      'At most 200, the most urgent first.',
    ),
    ...problems(401, 403, 429, 503),
  },
})

export function adminTakedownRoutes(parts: AdminTakedownParts): Router {
  const router = createRouter()
  const isOperator = callerOf(parts, 'admin')
  const reading = [limitBody(MOST_JSON_BYTES), requireJson()]
  router.openapi({ ...post, middleware: [isOperator, ...reading] as const }, async (context) => {
    await allow(context, parts, 0)
    const given = context.req.valid('json')
    requireStorable(given)
    const target = targetOf(given)
    const wish = { target, reason: given.reason, by: context.get('caller') }
    return context.json(viewOf(await takeDown(wish, parts)), 200)
  })
  router.openapi({ ...list, middleware: isOperator }, async (context) => {
    await allow(context, parts, 0)
    return context.json({ takedowns: (await takedowns(parts.database)).map(viewOf) }, 200)
  })
  return router
}

const viewOf = (takedown: Takedown): z.infer<typeof takedownView> => ({
  ...takedown,
  at: takedown.at.toISOString(),
  dueAt: takedown.dueAt.toISOString(),
  doneAt: takedown.doneAt?.toISOString() ?? null,
})

function targetOf({ sha256, job_id, url }: z.infer<typeof body>): TakedownWish['target'] {
  const named = [
    ...(sha256 === undefined ? [] : [{ sha256 }]),
    ...(job_id === undefined ? [] : [{ jobId: job_id }]),
    ...(url === undefined ? [] : [{ path: pathIn(url) }]),
  ]
  const [target, ...others] = named
  if (target && others.length === 0) return target
  throw new Failure('request-invalid', 'Name one of sha256, job_id and url, and no other.')
}

/** Signed URLs of every storage have the bucket and the path in theirs. Throws `request-invalid`. */
function pathIn(url: string): string {
  const isUrl = /^https?:\/\//i.test(url) && URL.canParse(url)
  const pathname = isUrl ? new URL(url).pathname : url
  const [, path = ''] = BUCKET_AND_PATH.exec(pathname) ?? []
  try {
    const decoded = isUrl ? decodeURIComponent(path) : path
    objectPath(decoded)
    return decoded
  } catch (cause) {
    const message =
      'The url is none of ours: there is no path in storage in it. Name the SHA-256 of the file.'
    throw new Failure('request-invalid', message, { cause })
  }
}

const BUCKET_AND_PATH = /(?:^|\/)((?:workspace-temp|user-library|reference_images)\/.+)$/
