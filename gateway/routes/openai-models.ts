/** `GET /v1/models`: OpenAI's, which clients ask first, to see whether the address and the key are right. */
import { createRoute, z } from '@hono/zod-openapi'
import { Failure } from '#contract'
import { json, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { createRouter, type Router } from '../http/router.ts'
import { openaiRefusal, openaiWords } from '../surfaces/openai-words.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import { MODEL_NAME } from '../surfaces/sdapi-info.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

export type OpenaiModelsParts = CallerParts & Pick<SurfaceParts, 'log'>

const model = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().openapi({ description: 'Nobody knows: 0.' }),
    owned_by: z.string(),
  })
  .openapi('Model')

const refusals = (...statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, json(openaiRefusal, 'What is wrong.')]))

const tags = ['OpenAI’s images']

const list = createRoute({
  method: 'get',
  path: '/v1/models',
  tags,
  summary: 'The one model there is, whatever a request calls it',
  security: signedIn,
  responses: {
    200: json(z.object({ object: z.literal('list'), data: z.array(model) }), 'All of them.'),
    ...refusals(401, 403, 413, 429, 500, 503),
  },
})

const get = createRoute({
  method: 'get',
  path: '/v1/models/{id}',
  tags,
  summary: 'A model by its name',
  security: signedIn,
  request: { params: z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) }) },
  responses: { 200: json(model, 'It is here.'), ...refusals(401, 403, 404, 413, 429, 500, 503) },
})

const only: z.infer<typeof model> = {
  ...{ id: MODEL_NAME, object: 'model', created: 0, owned_by: MODEL_NAME },
}

export function openaiModelRoutes(parts: OpenaiModelsParts): Router {
  const router = createRouter()
  const middleware = callerOf(parts, 'jobs:read')
  router.openapi({ ...list, middleware }, async (context) => {
    await allow(context, parts, 0)
    return context.json({ object: 'list' as const, data: [only] }, 200)
  })
  router.openapi({ ...get, middleware }, async (context) => {
    await allow(context, parts, 0)
    if (context.req.valid('param').id === MODEL_NAME) return context.json(only, 200)
    const message = `There is no model of this name: ${MODEL_NAME} is the only one here.`
    throw new Failure('not-found', message)
  })
  router.onError(refuseIn(openaiWords, parts.log))
  return router
}
