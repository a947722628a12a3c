/** `GET /v1/capabilities`: what may be asked for here, by which a page draws its form. */
import { createRoute, z } from '@hono/zod-openapi'
import {
  type ContentMode,
  contentModes,
  type EnhancementHealth,
  enhancementHealth,
  lesserPictures,
  MOST_LORAS,
  modes,
  promptSyntaxes,
  qualities,
  resizes,
  schedulerNames,
  valuesOf,
} from '#contract'
import { json, problems, signedIn } from '../http/answers.ts'
import { allow, type CallerParts, callerOf } from '../http/caller-of.ts'
import { MOST_JSON_BYTES, MOST_UPLOAD_BYTES } from '../http/limits.ts'
import { LONGEST_WAIT_SECONDS } from '../http/prefer.ts'
import { createRouter, type Router } from '../http/router.ts'
import type { RoutingView } from '../routing/routing-view.ts'
import { providerNames } from '../store/job-row.ts'

export interface CapabilitiesParts extends CallerParts {
  readonly view: () => RoutingView
  /** The most that the operator allows; sfw unless given. */
  readonly granted?: ContentMode | undefined
}

const capability = z
  .object({
    modes: z.array(z.enum(modes)),
    qualities: z.array(z.enum(qualities)),
    schedulers: z.array(z.enum(schedulerNames)),
    promptSyntaxes: z.array(z.enum(promptSyntaxes)),
    resizes: z.array(z.enum(resizes)),
    contentModes: z.array(z.enum(contentModes)).openapi({ description: 'That you may ask for.' }),
    sizes: z.array(z.string()).nullable().openapi({
      description: 'As 1024x768, that our workers draw at; null where it is any.',
    }),
    loras: z.boolean().openapi({ description: 'Whether a worker has a catalogue of LoRAs.' }),
    pictures: z
      .enum(['real', ...lesserPictures])
      .nullable()
      .openapi({
        description:
          'The best that our workers’ checkpoints give. demo: small ones of little things; nonsense: nothing real. Null while no worker is there.',
      }),
    enhancement: z.object(enhancementHealth.shape).openapi({
      description: 'Whether a worker of ours enhances prompts now; where none does, why.',
    }),
    styles: z
      .object({
        shot_type: z.array(z.string()),
        camera_angle: z.array(z.string()),
        style: z.array(z.string()),
        lighting: z.array(z.string()),
        mood: z.array(z.string()),
      })
      .openapi({ description: 'Of each style control; style may be words of your own too.' }),
    providers: z.array(z.enum(providerNames)),
    notes: z.array(z.string()).openapi({
      description: 'What a provider is not used for though it could do it, and why.',
    }),
    limits: z.object({
      images: z.int(),
      steps: z.int(),
      loras: z.int(),
      promptCharacters: z.int(),
      side: z.object({ least: z.int(), most: z.int(), multipleOf: z.int() }),
      jsonBytes: z.int(),
      uploadBytes: z.int(),
      uploadPixels: z.int(),
      waitSeconds: z.int(),
      deadlineMs: z.object({ least: z.int(), most: z.int() }),
    }),
  })
  .openapi('Capabilities')

export type Capabilities = z.infer<typeof capability>

/** By the request's own names. */
const styles = {
  shot_type: [...valuesOf('shotType')],
  camera_angle: [...valuesOf('cameraAngle')],
  style: [...valuesOf('look')],
  lighting: [...valuesOf('lighting')],
  mood: [...valuesOf('mood')],
}

/** As `requests/job-request.ts` has them. */
const limits = {
  images: 6,
  steps: 150,
  loras: MOST_LORAS,
  promptCharacters: 10_000,
  side: { least: 64, most: 4_096, multipleOf: 8 },
  jsonBytes: MOST_JSON_BYTES,
  uploadBytes: MOST_UPLOAD_BYTES,
  uploadPixels: 25_000_000,
  waitSeconds: LONGEST_WAIT_SECONDS,
  deadlineMs: { least: 10_000, most: 900_000 },
}

const capabilities = createRoute({
  method: 'get',
  path: '/v1/capabilities',
  tags: ['Service'],
  summary: 'What may be asked for',
  security: signedIn,
  responses: { 200: json(capability, 'To this caller, now.'), ...problems(401, 403, 429, 503) },
})

export function capabilityRoutes(parts: CapabilitiesParts): Router {
  const router = createRouter()
  const middleware = callerOf(parts, 'jobs:read')
  router.openapi({ ...capabilities, middleware }, async (context) => {
    await allow(context, parts, 0)
    const { local, providers, order } = parts.view()
    const live = local.workers.filter(({ isLive }) => isLive)
    const served = new Set([...local.contentModes, ...providers.flatMap((p) => p.contentModes)])
    const { adult } = context.get('caller')
    const isAnySize = live.length === 0 || live.some(({ sizes }) => sizes === undefined)
    const sizes = [...new Set(live.flatMap((worker) => worker.sizes ?? []))].toSorted()
    return context.json(
      {
        ...{ modes: [...modes], qualities: [...qualities], schedulers: [...schedulerNames] },
        ...{ promptSyntaxes: [...promptSyntaxes], resizes: [...resizes] },
        contentModes: contentModes.filter(
          (m) => served.has(m) && (m === 'sfw' || (adult && parts.granted === 'nsfw')),
        ),
        sizes: isAnySize ? null : sizes,
        loras: live.some(({ loras }) => loras === true),
        pictures: bestOf(live),
        enhancement: enhancementBy(live),
        styles,
        providers: order,
        notes: providers.flatMap(({ note }) => note ?? []),
        limits,
      },
      200,
    )
  })
  return router
}

function bestOf(live: RoutingView['local']['workers']) {
  const given = live.map(({ pictures }) => pictures ?? 'real')
  return (['real', ...lesserPictures] as const).find((each) => given.includes(each)) ?? null
}

function enhancementBy(live: RoutingView['local']['workers']): EnhancementHealth {
  const said = live.flatMap(({ enhancement }) => enhancement ?? [])
  if (said.some(({ available }) => available)) return { available: true }
  return { available: false, why: said[0]?.why ?? NO_ENHANCER }
}

const NO_ENHANCER = 'No worker that enhances prompts is there: they go on as they are written.'
