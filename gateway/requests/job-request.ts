/** What `POST /v1/jobs` takes: the flat fields of a request, each with its range, and no others. */
import { z } from '@hono/zod-openapi'
import {
  LAST_SEED,
  LONGEST_LOOK,
  promptSyntaxes,
  qualities,
  resizes,
  type StyleName,
  schedulerNames,
  valuesOf,
} from '#contract'
import { providerNames } from '../store/job-row.ts'
import { contentMode, referenceConsent, referenceSignature } from './trust-fields.ts'

const oneOf = (names: readonly string[]) => `must be one of ${names.join(', ')}`
const number = (least: number, most: number) => {
  const rule = `must be a number from ${least} to ${most}`
  return z.number(rule).min(least, rule).max(most, rule)
}
const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.number(rule).int(rule).min(least, rule).max(most, rule)
}
const text = (most: number) =>
  z.string('must be a text').max(most, `must have at most ${most} characters`)
const control = (name: StyleName, description: string) =>
  z.enum(valuesOf(name), oneOf(valuesOf(name))).openapi({ description })
const flag = () => z.boolean('must be true or false')
const reference = text(4_096).min(1, 'must be an http or https URL, or the path of an upload')

export const jobTypes = ['sdxl_image_high', 'sdxl_image_fast'] as const

const shape = {
  job_type: z.enum(jobTypes, oneOf(jobTypes)).openapi({
    description: 'Steps and guidance where neither is given: fast is 15 at 7.0, high 25 at 7.5.',
  }),
  prompt: text(10_000).openapi({ example: 'a cat in the snow, oil painting' }),
  negative_prompt: text(10_000),
  prompt_syntax: z.enum(promptSyntaxes, oneOf(promptSyntaxes)),
  shot_type: control('shotType', 'How much is in the picture.'),
  camera_angle: control('cameraAngle', 'From where it is seen.'),
  style: text(LONGEST_LOOK).openapi({
    description: `A look: ${valuesOf('look').join(', ')}, or words of your own. The style controls are joined to the prompt as phrases, and do nothing in COPY.`,
  }),
  lighting: control('lighting', 'The light.'),
  mood: control('mood', 'The atmosphere.'),
  reference_image_url: reference.openapi({
    description: 'An http or https URL, or the path that POST /v1/uploads answered with.',
  }),
  further_reference_urls: z.array(reference).max(9, 'must be at most 9').openapi({
    description: 'For providers that take several references. Our own workers use the first alone.',
  }),
  reference_signature: referenceSignature,
  reference_consent: referenceConsent,
  exact_copy_mode: flag().openapi({
    description: 'COPY: as little is changed as can be, and nothing is added to the prompt.',
  }),
  skip_enhancement: flag().openapi({ description: 'Leaves the prompt as it is written.' }),
  enhancement_seed: whole(0, Number.MAX_SAFE_INTEGER).openapi({
    description: 'Another wording of the enhancement for each; without one it is always the same.',
  }),
  reference_strength: number(0, 1).openapi({
    description: 'How much of the reference stays: 1 less denoise_strength, which wins over it.',
  }),
  denoise_strength: number(0, 1).openapi({
    description: 'The share of the schedule that runs: 0.5 unless given, at most 0.05 in COPY.',
  }),
  guidance_scale: number(1, 30).openapi({ description: 'Always 1 in COPY.' }),
  steps: whole(1, 150),
  scheduler: z.enum(schedulerNames, oneOf(schedulerNames)),
  quality: z.enum(qualities, oneOf(qualities)),
  seed: whole(0, LAST_SEED).openapi({
    description: 'Of the first image; each further one counts up, and after the last seed comes 0.',
  }),
  num_images: whole(1, 6),
  width: whole(64, 4_096),
  height: whole(64, 4_096),
  aspect_ratio: text(16).regex(/^\d{1,4}:\d{1,4}$/, 'must be an aspect ratio such as 16:9'),
  resize: z.enum(resizes, oneOf(resizes)),
  loras: z
    .array(z.strictObject({ id: text(128), strength: number(-2, 2).optional() }))
    .max(8, 'must be at most 8'),
  content_mode: contentMode,
  deadline_ms: whole(10_000, 900_000).openapi({
    description: 'After so many milliseconds nobody wants the picture.',
  }),
  callback_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(4_096),
  provider: z
    .enum(providerNames, oneOf(providerNames))
    .openapi({ description: 'This provider and no other.' }),
  metadata: z
    .record(z.string(), z.unknown(), 'must be an object')
    .openapi({ description: 'Yours: given back, and obeyed in nothing.' }),
}

export const jobRequest = z.strictObject(shape, 'must be an object').partial().openapi('JobRequest')
export type JobRequest = z.infer<typeof jobRequest>
