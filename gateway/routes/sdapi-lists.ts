/** What clients of the web UI ask when they start: samplers, models, options. Nothing that is set there stays set. */
import { createRoute, z } from '@hono/zod-openapi'
import { json, signedIn } from '../http/answers.ts'
import { type CallerParts, callerOf } from '../http/caller-of.ts'
import { limitBody, MOST_JSON_BYTES, requireJson } from '../http/limits.ts'
import { createRouter, type Router } from '../http/router.ts'
import { refusalOfFields } from '../http/wrong-fields.ts'
import { withBasicKey } from '../surfaces/basic-key.ts'
import { refuseIn } from '../surfaces/refuse-in-words.ts'
import { MODEL_NAME } from '../surfaces/sdapi-info.ts'
import { samplers, schedules } from '../surfaces/sdapi-samplers.ts'
import { sdapiRefusal, sdapiWords } from '../surfaces/sdapi-words.ts'
import type { SurfaceParts } from '../surfaces/surface-parts.ts'

export type SdapiListsParts = CallerParts & Pick<SurfaceParts, 'log'>

const row = z.record(z.string(), z.unknown())
const nobody = null

const lists = {
  samplers: samplers.map(({ name, aliases }) => ({
    ...{ name, aliases: [...aliases], options: {} },
  })),
  schedulers: schedules.map(({ name, label }) => ({
    ...{ name, label, aliases: nobody, default_rho: -1, need_inner_model: false },
  })),
  'sd-models': [
    {
      ...{ title: MODEL_NAME, model_name: MODEL_NAME, hash: nobody, sha256: nobody },
      ...{ filename: MODEL_NAME, config: nobody },
    },
  ],
  // Which LoRAs there are, `/v1/capabilities` tells.
  ...{ loras: [], upscalers: [], 'sd-vae': [], 'prompt-styles': [] },
  // Of what is none here, clients that fill their menus fail on a 404.
  ...{
    'latent-upscale-modes': [],
    hypernetworks: [],
    'face-restorers': [],
    'realesrgan-models': [],
  },
} as const satisfies Record<string, readonly Readonly<Record<string, unknown>>[]>

/** What is no list there. */
const records = {
  embeddings: { loaded: {}, skipped: {} },
  scripts: { txt2img: [], img2img: [] },
} as const satisfies Record<string, Readonly<Record<string, unknown>>>

const options = {
  sd_model_checkpoint: MODEL_NAME,
  sd_vae: 'Automatic',
  samples_format: 'png',
  CLIP_stop_at_last_layers: 2,
}

const refused = (...statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [status, json(sdapiRefusal, 'What is wrong.')]))

const tags = ['The web UI’s API']

const readOptions = createRoute({
  method: 'get',
  path: '/sdapi/v1/options',
  tags,
  summary: 'Options, as far as there are any',
  security: signedIn,
  responses: { 200: json(row, 'The same for everybody.'), ...refused(401, 403, 500, 503) },
})

const writeOptions = createRoute({
  method: 'post',
  path: '/sdapi/v1/options',
  tags,
  summary: 'Changes nothing: what is set belongs into each request',
  security: signedIn,
  request: {
    body: {
      content: {
        'application/json': {
          schema: z.looseObject(
            { sd_model_checkpoint: z.string('must be a text').nullish() },
            'must be an object',
          ),
        },
      },
      required: true,
    },
  },
  responses: {
    200: json(z.null(), 'Nothing stands against it.'),
    ...refused(400, 401, 403, 413, 415, 422, 500, 503),
  },
})

export function sdapiListRoutes(parts: SdapiListsParts): Router {
  const router = createRouter()
  const known = withBasicKey(parts)
  const reads = callerOf(known, 'jobs:read')

  for (const [name, rows] of Object.entries(lists)) {
    const list = createRoute({
      method: 'get',
      path: `/sdapi/v1/${name}`,
      tags,
      summary: `The web UI’s list of ${name}`,
      security: signedIn,
      responses: { 200: json(z.array(row), 'All of them.'), ...refused(401, 403, 500, 503) },
    })
    const answer = rows.map((each) => ({ ...each }))
    router.openapi({ ...list, middleware: reads }, (context) => context.json(answer, 200))
  }

  for (const [name, record] of Object.entries(records)) {
    const read = createRoute({
      method: 'get',
      path: `/sdapi/v1/${name}`,
      tags,
      summary: `The web UI’s ${name}, of which there are none`,
      security: signedIn,
      responses: { 200: json(row, 'None.'), ...refused(401, 403, 500, 503) },
    })
    router.openapi({ ...read, middleware: reads }, (context) => context.json({ ...record }, 200))
  }

  router.openapi({ ...readOptions, middleware: reads }, (context) => context.json(options, 200))
  const writing = [reads, limitBody(MOST_JSON_BYTES), requireJson()]
  router.openapi({ ...writeOptions, middleware: writing }, (context) => {
    const { sd_model_checkpoint: model } = context.req.valid('json')
    if (model && model !== MODEL_NAME) {
      const message = `must be ${MODEL_NAME}, the only one here`
      throw refusalOfFields([{ field: 'sd_model_checkpoint', message }])
    }
    return context.json(null, 200)
  })

  router.onError(refuseIn(sdapiWords, parts.log))
  return router
}
