/** `POST /functions/v1/replicate-image` and `fal-image`: today's front end asks one provider by name. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Failure, isId } from '#contract'
import { within } from '#platform/within.ts'
import type { Caller } from '../callers/caller.ts'
import { json, signedIn } from '../http/answers.ts'
import { allow, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, requireJson } from '../http/limits.ts'
import { LONGEST_WAIT_SECONDS } from '../http/prefer.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'
import { jobOf } from '../store/find-jobs.ts'
import type { JobRow } from '../store/job-row.ts'
import { otherMethods } from '../surfaces/functions-methods.ts'
import { functionsRefusal, providerImageWords } from '../surfaces/functions-words.ts'
import { assetsOf, pictureUrl } from '../surfaces/pictures.ts'
import { predictionView, viewPrediction } from '../surfaces/prediction-view.ts'
import {
  type ProviderImageBody,
  providerImageBody,
  readProviderImage,
} from '../surfaces/provider-image.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

const REPLICATE = '/functions/v1/replicate-image'
const FAL = '/functions/v1/fal-image'

const text = (description: string) => ({
  description,
  content: { 'text/plain': { schema: z.string() } },
})
const refusals = {
  401: text('There is no valid key or token.'),
  ...Object.fromEntries(
    [400, 402, 403, 404, 409, 413, 415, 422, 429, 451, 500, 502, 503, 504].map((status) => [
      status,
      json(functionsRefusal, 'What is wrong.'),
    ]),
  ),
}
const body = { content: { 'application/json': { schema: providerImageBody } }, required: true }
const queued = z.object({
  jobId: z.string(),
  predictionId: z.string().openapi({ description: 'The job’s id once more, to ask after it by.' }),
  status: z.literal('queued'),
})

const replicate = createRoute({
  method: 'post',
  path: REPLICATE,
  tags: ['Today’s functions'],
  summary: 'Ask Replicate for a picture, as today’s page does',
  description:
    '`input.strength` and `input.prompt_strength` are how much is changed, `metadata.reference_strength` how much stays.',
  security: signedIn,
  request: { body },
  responses: {
    200: json(z.union([queued, predictionView]), 'It is accepted; or how a prediction stands.'),
    ...refusals,
  },
})

const fal = createRoute({
  method: 'post',
  path: FAL,
  tags: ['Today’s functions'],
  summary: 'Ask fal.ai for a picture, as today’s page does',
  description:
    '`input.strength` is how much of the reference stays, as the page sends it. A picture that is done within 55 s is answered.',
  security: signedIn,
  request: { body },
  responses: {
    200: json(
      z.union([
        z.object({
          jobId: z.string(),
          status: z.literal('completed'),
          resultUrl: z.string(),
          resultType: z.literal('image'),
        }),
        z.object({ jobId: z.string(), requestId: z.string(), status: z.literal('queued') }),
      ]),
      'It is done; or it is accepted, and takes longer.',
    ),
    ...refusals,
  },
})

export function providerImageRoutes(parts: SurfaceParts): Router {
  const { storage, log, waitForEnd } = parts
  const router = createRouter()
  const writes = callerOf(parts, 'jobs:write')
  const middleware = [writes, limitBody(MOST_JSON_BYTES), requireJson()]

  router.openapi({ ...replicate, middleware }, async (context) => {
    const asked = context.req.valid('json')
    const caller = context.get('caller')
    if (typeof asked.predictionId === 'string' && asked.predictionId !== '') {
      await allow(context, parts, 0)
      const row = await ownJob(asked.predictionId, caller, parts)
      return context.json(await viewPrediction(row, storage), 200)
    }
    const { id } = await ask(context, asked, 'replicate')
    return context.json({ jobId: id, predictionId: id, status: 'queued' as const }, 200)
  })

  router.openapi({ ...fal, middleware }, async (context) => {
    const row = await ask(context, context.req.valid('json'), 'fal-ai')
    const patience = parts.heldMs ?? LONGEST_WAIT_SECONDS * 1_000
    const gone = context.req.raw.signal
    const wait = (signal: AbortSignal) => waitForEnd(row.id, signal)
    const then = (await within(patience, gone, wait)) ?? row
    if (then.failure) throw new Failure(then.failure.code, then.failure.message)
    if (then.status === 'cancelled') throw new Failure('cancelled', 'It was cancelled.')
    const [first] = assetsOf(then)
    if (first === undefined) {
      return context.json({ jobId: row.id, requestId: row.id, status: 'queued' as const }, 200)
    }
    const done = { jobId: row.id, status: 'completed' as const, resultType: 'image' as const }
    return context.json({ ...done, resultUrl: await pictureUrl(first, storage) }, 200)
  })

  for (const path of [REPLICATE, FAL]) otherMethods(router, path)
  router.onError(refuseIn(providerImageWords, log))
  return router

  async function ask(
    context: Context<HttpEnv>,
    asked: ProviderImageBody,
    provider: 'replicate' | 'fal-ai',
  ): Promise<JobRow> {
    const request = readProviderImage(asked, provider)
    await allow(context, parts, request.num_images ?? 1)
    const caller = context.get('caller')
    const asking = { caller, surface: 'functions', trace: context.get('trace') } as const
    return (await parts.accept(request, asking)).row
  }
}

/** Throws `not-found`, also for another caller's. */
async function ownJob(id: string, caller: Caller, { database }: SurfaceParts): Promise<JobRow> {
  const row = isId(id) ? await jobOf(database, id, caller) : undefined
  if (row) return row
  throw new Failure('not-found', 'There is no such prediction. It may have been deleted since.')
}
