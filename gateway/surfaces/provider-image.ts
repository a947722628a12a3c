/** The bodies of today's `replicate-image` and `fal-image`, read as requests of ours to that provider and no other. */
import { z } from '@hono/zod-openapi'
import { contentModes, type SchedulerName } from '#contract'
import type { RemoteProviderName } from '../providers/provider.ts'
import type { JobRequest } from '../requests/job-request.ts'
import { looseTrust, trustOf } from '../requests/trust-fields.ts'
import { readJobType } from './job-types.ts'
import { firstText, looseNumber, looseText, orNothing } from './loose-fields.ts'
import { readStrength } from './provider-strength.ts'
import { readRequest } from './read-request.ts'

const size = z.looseObject({ width: looseNumber(), height: looseNumber() })

const input = z.looseObject(
  {
    image: z.unknown().optional(),
    image_url: z.unknown().optional(),
    image_urls: z.array(z.string('must be a text')).nullish(),
    strength: looseNumber(),
    prompt_strength: looseNumber(),
    steps: looseNumber(),
    num_inference_steps: looseNumber(),
    guidance_scale: looseNumber(),
    width: looseNumber(),
    height: looseNumber(),
    image_size: z.union([size, z.string()], 'must be a width and a height, or a name').nullish(),
    negative_prompt: looseText(),
    seed: looseNumber(),
    scheduler: z.unknown().optional(),
    num_outputs: looseNumber(),
    num_images: looseNumber(),
  },
  'must be an object',
)

const metadata = z.looseObject(
  {
    reference_image_url: z.unknown().optional(),
    referenceImage: z.unknown().optional(),
    reference_strength: looseNumber(),
    denoise_strength: looseNumber(),
    contentType: z.unknown().optional(),
    aspectRatio: looseText(),
    seed: looseNumber(),
  },
  'must be an object',
)

export const providerImageBody = z
  .looseObject(
    {
      prompt: looseText(),
      job_type: z.unknown().optional().openapi({ type: 'string', example: 'sdxl_image_high' }),
      jobType: z
        .unknown()
        .optional()
        .openapi({ type: 'string', description: 'The same, for replicate-image.' }),
      modality: looseText(),
      quality: z.unknown().optional(),
      seed: looseNumber(),
      reference_image_url: looseText(),
      input: input.nullish(),
      metadata: metadata.nullish(),
      ...looseTrust,
      predictionId: looseText().openapi({
        description: 'Of a job that was asked for: how it stands is answered, and nothing made.',
      }),
    },
    'must be an object',
  )
  .openapi('ProviderImage')

export type ProviderImageBody = z.infer<typeof providerImageBody>

/** Throws `request-invalid` naming every field. Numbers out of the providers' range are brought into it. */
export function readProviderImage(
  body: ProviderImageBody,
  provider: RemoteProviderName,
): JobRequest {
  const asked: z.infer<typeof input> = body.input ?? {}
  const meta: z.infer<typeof metadata> = body.metadata ?? {}
  const jobType = readJobType(body.modality === 'video' ? 'video' : typeOf(body, provider))
  const [reference, ...further] = referencesOf(body, asked, meta)
  const steps = asked.steps ?? asked.num_inference_steps
  const guidance = asked.guidance_scale
  const dimensions = sizeOf(asked)
  const quality = firstText(body.quality)
  return readRequest({
    ...{ provider, job_type: jobType, prompt: body.prompt ?? '' },
    negative_prompt: firstText(asked.negative_prompt),
    reference_image_url: reference,
    further_reference_urls: reference !== undefined && further.length > 0 ? further : undefined,
    ...readStrength(
      { input: asked, metadata: meta },
      provider === 'replicate' ? 'change' : 'reference',
    ),
    // The page has had its prompt enhanced before it comes here.
    skip_enhancement: true,
    guidance_scale: typeof guidance === 'number' ? clamp(guidance, 1, 20) : undefined,
    steps: typeof steps === 'number' ? clamp(Math.round(steps), 1, 100) : undefined,
    scheduler: schedulerOf(asked.scheduler),
    quality: quality === 'fast' || quality === 'high' ? quality : undefined,
    seed: orNothing(asked.seed ?? body.seed ?? meta.seed),
    num_images: orNothing(asked.num_outputs ?? asked.num_images),
    ...dimensions,
    aspect_ratio: dimensions.width === undefined ? firstText(meta.aspectRatio) : undefined,
    content_mode: contentModes.find((mode) => mode === meta.contentType) ?? 'sfw',
    ...trustOf(body),
    metadata: meta,
  })
}

/** fal's callers need not say; its quality is high unless they do. */
function typeOf({ job_type, jobType }: ProviderImageBody, provider: RemoteProviderName): unknown {
  const said = firstText(job_type, jobType)
  const [, speed = 'high'] = /(?:^|_)(fast|high)$/.exec(said ?? '') ?? []
  if (said === undefined) return provider === 'fal-ai' ? 'high' : undefined
  return /video|^wan/i.test(said) ? said : speed
}

function referencesOf(
  body: ProviderImageBody,
  asked: z.infer<typeof input>,
  meta: z.infer<typeof metadata>,
): readonly string[] {
  if (asked.image_urls && asked.image_urls.length > 0) return asked.image_urls
  const one = firstText(
    ...[asked.image, asked.image_url, body.reference_image_url],
    ...[meta.reference_image_url, meta.referenceImage],
  )
  return one === undefined ? [] : [one]
}

/** What the provider would draw: whole latents, within its limits. */
function sizeOf(asked: z.infer<typeof input>) {
  const named = typeof asked.image_size === 'object' ? asked.image_size : undefined
  const width = asked.width ?? named?.width
  const height = asked.height ?? named?.height
  if (typeof width !== 'number' || typeof height !== 'number') return {}
  return { width: side(width), height: side(height) }
}

const side = (pixels: number): number => clamp(Math.round(pixels / 8) * 8, 64, 1920)

const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value))

/** Replicate's words. Another was always passed over there. */
const schedulers: Readonly<Record<string, SchedulerName>> = {
  K_EULER: 'euler',
  K_EULER_ANCESTRAL: 'euler_ancestral',
  EulerAncestralDiscrete: 'euler_ancestral',
  EulerDiscrete: 'euler',
  DPMSolverMultistep: 'dpmpp_2m',
  KarrasDPM: 'dpmpp_2m_karras',
  DDIM: 'ddim',
}

const schedulerOf = (name: unknown): SchedulerName | undefined =>
  typeof name === 'string' && Object.hasOwn(schedulers, name) ? schedulers[name] : undefined
