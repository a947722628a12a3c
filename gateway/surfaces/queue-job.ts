/** The body of today's `queue-job`, read as a request of ours: the mode that was meant, and each number once. */
import { z } from '@hono/zod-openapi'
import { compelTerms, contentModes, type LooseStyle, readLooseStyle } from '#contract'
import type { JobRequest } from '../requests/job-request.ts'
import { looseTrust, trustOf } from '../requests/trust-fields.ts'
import { readJobType } from './job-types.ts'
import { firstText, looseFlag, looseNumber, looseText, orNothing } from './loose-fields.ts'
import { readRequest } from './read-request.ts'

/** May stand in the body or in its metadata; the body's counts. */
const either = {
  reference_image_url: looseText(),
  reference_strength: looseNumber(),
  denoise_strength: looseNumber(),
  seed: looseNumber(),
  steps: looseNumber(),
  guidance_scale: looseNumber(),
  negative_prompt: looseText(),
  compel_enabled: looseFlag(),
  compel_weights: z.unknown().optional(),
  exact_copy_mode: looseFlag(),
  skip_enhancement: looseFlag(),
  aspect_ratio: looseText(),
  shot_type: z.unknown().optional(),
  camera_angle: z.unknown().optional(),
  style: z.unknown().optional(),
  lighting: z.unknown().optional(),
  mood: z.unknown().optional(),
}

const metadata = z.looseObject(
  {
    ...either,
    reference_mode: z.unknown().optional(),
    originalEnhancedPrompt: z.unknown().optional(),
    contentType: z.unknown().optional(),
  },
  'must be an object',
)

export const queueJobBody = z
  .looseObject(
    {
      ...either,
      job_type: z.unknown().optional().openapi({ type: 'string', example: 'sdxl_image_high' }),
      prompt: looseText(),
      original_prompt: looseText(),
      enhanced_prompt: looseText().openapi({ description: 'It is drawn from as it is.' }),
      quality: looseText(),
      num_images: looseNumber().openapi({ description: 'Up to 1 is 1, up to 3 is 3, else 6.' }),
      metadata: metadata.nullish(),
      // Said of this picture, and so beside the metadata, which pages keep and send again.
      ...looseTrust,
    },
    'must be an object',
  )
  .openapi('QueueJob')

export type QueueJobBody = z.infer<typeof queueJobBody>

/**
 * Throws `request-invalid` naming every field. A reference is changed, by half unless a strength says otherwise;
 * `exact_copy_mode` copies it, whatever the prompt.
 */
export function readQueueJob(body: QueueJobBody): JobRequest {
  const meta: z.infer<typeof metadata> = body.metadata ?? {}
  const jobType = readJobType(body.job_type)
  const isCopy = wantsCopy(body, meta)
  const enhanced = firstText(body.enhanced_prompt)
  const prompt =
    firstText(enhanced, body.prompt, body.original_prompt, meta.originalEnhancedPrompt) ?? ''
  const isCompel = body.compel_enabled ?? meta.compel_enabled ?? false
  const weights = isCompel ? firstText(body.compel_weights, meta.compel_weights) : undefined
  const terms = weights === undefined ? '' : compelTerms(weights)
  const { style } = readLooseStyle({ ...chosen(meta), ...chosen(body) })
  return readRequest({
    job_type: jobType,
    prompt: isCopy ? prompt : [prompt, terms].filter((words) => words !== '').join(', '),
    shot_type: style?.shotType,
    camera_angle: style?.cameraAngle,
    style: style?.look,
    lighting: style?.lighting,
    mood: style?.mood,
    negative_prompt: firstText(body.negative_prompt, meta.negative_prompt),
    prompt_syntax: isCompel ? 'compel' : undefined,
    reference_image_url: firstText(body.reference_image_url, meta.reference_image_url),
    exact_copy_mode: isCopy || undefined,
    skip_enhancement:
      enhanced !== undefined || (body.skip_enhancement ?? meta.skip_enhancement) === true,
    ...strengthOf(body, meta),
    guidance_scale: orNothing(body.guidance_scale ?? meta.guidance_scale),
    steps: orNothing(body.steps ?? meta.steps),
    quality: firstText(body.quality),
    seed: orNothing(body.seed ?? meta.seed),
    num_images: bucketed(body.num_images),
    aspect_ratio: firstText(body.aspect_ratio, meta.aspect_ratio),
    content_mode: contentModes.find((mode) => mode === meta.contentType) ?? 'sfw',
    ...trustOf(body),
    metadata: { ...meta, ...originalOf(body) },
  })
}

type Either = { readonly [K in keyof typeof either]?: z.infer<(typeof either)[K]> }

/** Said outright either way it counts; older pages named the mode alone. */
function wantsCopy(body: QueueJobBody, meta: z.infer<typeof metadata>): boolean {
  const said = body.exact_copy_mode ?? meta.exact_copy_mode
  return said ?? meta.reference_mode === 'copy'
}

/** Those of one place: a denoise strength of the metadata says nothing about a reference strength of the body. */
function strengthOf(...places: readonly Either[]) {
  for (const { denoise_strength, reference_strength } of places) {
    const denoise = orNothing(denoise_strength)
    const kept = orNothing(reference_strength)
    if (denoise !== undefined || kept !== undefined) {
      return { denoise_strength: denoise, reference_strength: kept }
    }
  }
  return {}
}

function chosen({ shot_type, camera_angle, style, lighting, mood }: Either): LooseStyle {
  const controls = { shot_type, camera_angle, style, lighting, mood }
  return Object.fromEntries(Object.entries(controls).filter(([, value]) => value != null))
}

function bucketed(images: number | null | undefined): number | undefined {
  if (images === null || images === undefined) return undefined
  if (images <= 1) return 1
  return images <= 3 ? 3 : 6
}

/** For receivers of callbacks, who show what the user wrote. */
function originalOf({ original_prompt, enhanced_prompt, prompt }: QueueJobBody) {
  const original = firstText(original_prompt, firstText(enhanced_prompt) && prompt)
  return original === undefined ? {} : { original_prompt: original }
}
