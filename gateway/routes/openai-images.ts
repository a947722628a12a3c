/** `POST /v1/images/generations` and `/v1/images/edits`: OpenAI's, for clients whose base URL is all that changes. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { Failure } from '#contract'
import { json, signedIn } from '../http/answers.ts'
import { allow, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, MOST_UPLOAD_BYTES, requireJson } from '../http/limits.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'
import type { JobRow } from '../store/job-row.ts'
import { heldJob } from '../surfaces/held-job.ts'
import { formOf, readEditForm } from '../surfaces/openai-form.ts'
import {
  generationBody,
  type OpenaiAsked,
  readOpenai,
  wantsUrl,
} from '../surfaces/openai-request.ts'
import { openaiRefusal, openaiWords } from '../surfaces/openai-words.ts'
import { assetsOf, pictureBase64, pictureUrl } from '../surfaces/pictures.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

/** Two pictures of the most bytes, or ten that are smaller. */
const MOST_FORM_BYTES = 2 * MOST_UPLOAD_BYTES + MOST_JSON_BYTES

const images = z
  .object({
    created: z.int().openapi({ description: 'Seconds since 1970.' }),
    output_format: z.literal('png'),
    data: z.array(
      z.object({
        b64_json: z.string().optional(),
        url: z.string().optional().openapi({ description: 'Signed, good for 15 minutes.' }),
        revised_prompt: z.string().optional(),
      }),
    ),
  })
  .openapi('Images')

const statuses = [400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 451, 500, 502, 503, 504]
const responses = {
  200: json(images, 'The pictures.'),
  ...Object.fromEntries(statuses.map((status) => [status, json(openaiRefusal, 'What is wrong.')])),
}

const description =
  'Held until the pictures are there, 300 s at most. Who hangs up before does not want them: the job is cancelled.'

const generations = createRoute({
  method: 'post',
  path: '/v1/images/generations',
  tags: ['OpenAI’s images'],
  summary: 'Pictures from words',
  description,
  security: signedIn,
  request: {
    body: { content: { 'application/json': { schema: generationBody } }, required: true },
  },
  responses,
})

const file = { type: 'string', format: 'binary' } as const
const words = { type: 'string' } as const
const edits = createRoute({
  method: 'post',
  path: '/v1/images/edits',
  tags: ['OpenAI’s images'],
  summary: 'Pictures from a picture and words',
  description: `${description} The fields are those of generations, with the pictures as image or image[]; a mask is refused.`,
  security: signedIn,
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object' as const,
            required: ['image', 'prompt'],
            properties: { image: file, prompt: words, n: words, size: words, strength: words },
          },
        },
      },
    },
  },
  responses,
})

export function openaiRoutes(parts: SurfaceParts): Router {
  const router = createRouter()
  const writes = callerOf(parts, 'jobs:write')
  const reading = [writes, limitBody(MOST_JSON_BYTES), requireJson()]

  router.openapi({ ...generations, middleware: reading }, async (context) => {
    const asked = context.req.valid('json')
    await allow(context, parts, asked.n ?? 1)
    return context.json(await draw(context, asked, []), 200)
  })

  const receiving = [writes, limitBody(MOST_FORM_BYTES)]
  router.openapi({ ...edits, middleware: receiving }, async (context) => {
    const { asked, images: files } = readEditForm(await formOf(context.req))
    await allow(context, parts, asked.n ?? 1)
    const { signal } = context.req.raw
    const caller = context.get('caller')
    const paths: string[] = []
    for (const each of files) {
      if (each.size > MOST_UPLOAD_BYTES) throw tooLarge()
      const bytes = new Uint8Array(await each.arrayBuffer())
      paths.push((await parts.saveUpload(bytes, caller, signal)).path)
    }
    return context.json(await draw(context, asked, paths), 200)
  })

  router.onError(refuseIn(openaiWords, parts.log))
  return router

  async function draw(
    context: Context<HttpEnv>,
    asked: OpenaiAsked,
    references: readonly string[],
  ) {
    const row = await heldJob(
      readOpenai(asked, references),
      {
        caller: context.get('caller'),
        surface: 'openai',
        trace: context.get('trace'),
        gone: context.req.raw.signal,
        // The openai package would make another of it, up to twice, after a 409 or a 5xx.
        onAccepted: () => context.header('x-should-retry', 'false'),
      },
      parts,
    ).catch((error) => {
      // It was cancelled, and another gateway may make it.
      const isLeaving = error instanceof Failure && error.code === 'shutting-down'
      if (isLeaving) context.header('x-should-retry', 'true')
      throw error
    })
    if (row.status === 'cancelled') throw new Failure('cancelled', 'It was cancelled.')
    return await answer(row, asked, parts)
  }
}

async function answer(
  row: JobRow,
  asked: OpenaiAsked,
  { storage }: SurfaceParts,
): Promise<z.infer<typeof images>> {
  const drawn = row.result?.prompt
  const revised = drawn !== undefined && drawn !== asked.prompt ? { revised_prompt: drawn } : {}
  const isUrl = wantsUrl(asked)
  const data = await Promise.all(
    assetsOf(row).map(async (asset) => ({
      ...(isUrl
        ? { url: await pictureUrl(asset, storage) }
        : { b64_json: await pictureBase64(asset, storage) }),
      ...revised,
    })),
  )
  const created = Math.floor((row.finishedAt ?? new Date()).getTime() / 1_000)
  return { created, output_format: 'png', data }
}

function tooLarge(): Failure {
  const most = `${MOST_UPLOAD_BYTES / 1024 / 1024} MiB`
  return new Failure('request-too-large', `A picture has more than ${most}. Send a smaller one.`)
}
