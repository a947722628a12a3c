/** `POST /sdapi/v1/img2img` and `txt2img`: the web UI's API, for clients that know no other. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { json, signedIn } from '../http/answers.ts'
import { allow, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, MOST_UPLOAD_BYTES, requireJson } from '../http/limits.ts'
import { createRouter, type HttpEnv, type Router } from '../http/router.ts'
import { requireStorable } from '../requests/storable.ts'
import { withBasicKey } from '../surfaces/basic-key.ts'
import { heldJob } from '../surfaces/held-job.ts'
import { assetsOf, pictureBase64 } from '../surfaces/pictures.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import { infoOf } from '../surfaces/sdapi-info.ts'
import { readPicture } from '../surfaces/sdapi-picture.ts'
import {
  type Img2imgBody,
  imagesOf,
  img2imgBody,
  readImg2img,
  readTxt2img,
  type SdapiRequest,
  type Txt2imgBody,
  txt2imgBody,
} from '../surfaces/sdapi-request.ts'
import { sdapiRefusal, sdapiWords } from '../surfaces/sdapi-words.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

/** The largest upload in base64, and as much beside it as any other request. */
const MOST_BYTES = Math.ceil((MOST_UPLOAD_BYTES * 4) / 3) + MOST_JSON_BYTES

const generated = z
  .object({
    images: z.array(z.string()).openapi({ description: 'PNGs in base64; none if interrupted.' }),
    parameters: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'As they came, without pictures.' }),
    info: z.string().openapi({ description: 'JSON: seeds, sizes, infotexts, what was ignored.' }),
  })
  .openapi('Generated')

const statuses = [400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 451, 500, 502, 503, 504]
const answers = {
  200: json(generated, 'The pictures.'),
  ...Object.fromEntries(statuses.map((status) => [status, json(sdapiRefusal, 'What is wrong.')])),
}
const held =
  'Held until the pictures are there, 300 s at most; who hangs up before does not want them. Prompts are weighted as `(word:1.2)`.'

const txt2img = createRoute({
  method: 'post',
  path: '/sdapi/v1/txt2img',
  tags: ['The web UI’s API'],
  summary: 'Pictures from words',
  description: held,
  security: signedIn,
  request: { body: { content: { 'application/json': { schema: txt2imgBody } }, required: true } },
  responses: answers,
})

const img2img = createRoute({
  method: 'post',
  path: '/sdapi/v1/img2img',
  tags: ['The web UI’s API'],
  summary: 'Pictures from a picture and words',
  description: `${held} Of the steps, floor(steps × denoising_strength) are run, where the web UI runs one more.`,
  security: signedIn,
  request: { body: { content: { 'application/json': { schema: img2imgBody } }, required: true } },
  responses: answers,
})

export function sdapiGenerateRoutes(parts: SurfaceParts): Router {
  const { storage, saveUpload, log } = parts
  const router = createRouter()
  const writes = callerOf(withBasicKey(parts), 'jobs:write')

  const reading = [writes, limitBody(MOST_JSON_BYTES), requireJson()]
  router.openapi({ ...txt2img, middleware: reading }, async (context) => {
    const body = context.req.valid('json')
    // The answer tells it again, when the picture is drawn already.
    requireStorable(body)
    const asked = readTxt2img(body)
    await allow(context, parts, imagesOf(body))
    return context.json(await draw(context, body, asked), 200)
  })

  const receiving = [writes, limitBody(MOST_BYTES), requireJson()]
  router.openapi({ ...img2img, middleware: receiving }, async (context) => {
    const body = context.req.valid('json')
    const { init_images, mask: _, ...echoed } = body
    requireStorable(echoed)
    const picture = readPicture(init_images[0] ?? '')
    // What is wrong beside the picture is told before that is kept.
    readImg2img(body, 'url' in picture ? picture.url : 'uploaded')
    await allow(context, parts, imagesOf(body))
    const reference = 'url' in picture ? picture.url : await keep(context, picture.bytes)
    return context.json(await draw(context, echoed, readImg2img(body, reference)), 200)
  })

  router.onError(refuseIn(sdapiWords, log))
  return router

  async function keep(context: Context<HttpEnv>, bytes: Uint8Array): Promise<string> {
    return (await saveUpload(bytes, context.get('caller'), context.req.raw.signal)).path
  }

  async function draw(
    context: Context<HttpEnv>,
    echoed: Txt2imgBody | Omit<Img2imgBody, 'init_images'>,
    { request, ignored }: SdapiRequest,
  ): Promise<z.infer<typeof generated>> {
    const caller = context.get('caller')
    const trace = context.get('trace')
    const asking = { caller, surface: 'sdapi', gone: context.req.raw.signal, trace } as const
    const row = await heldJob(request, asking, parts)
    const isWanted = echoed.send_images !== false
    const assets = isWanted ? assetsOf(row) : []
    const images = await Promise.all(assets.map((asset) => pictureBase64(asset, storage)))
    return { images, parameters: { ...echoed }, info: infoOf(row, ignored) }
  }
}
