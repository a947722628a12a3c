/** What OpenAI's clients ask of `images.generate` and `images.edit`, read as a request of ours. */
import { z } from '@hono/zod-openapi'
import type { JobRequest } from '../requests/job-request.ts'
import { contentMode, looseTrust, trustOf } from '../requests/trust-fields.ts'
import { firstText, orNothing } from './loose-fields.ts'
import { readRequest } from './read-request.ts'

const whole = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.number(rule).int(rule).min(least, rule).max(most, rule).nullish()
}
const text = (description: string) => z.string('must be a text').nullish().openapi({ description })
const number = () => z.number('must be a number').nullish()
const oneOf = <const Names extends readonly [string, ...string[]]>(
  names: Names,
  rule = `must be one of ${names.join(', ')}`,
) => z.enum(names, rule).nullish()

/** Theirs, then those of ours that their clients pass on unread (`extra_body` in Python). */
export const openaiFields = {
  prompt: z.string('must be a text').min(1, 'must say something'),
  model: text('Any: there is one model here.'),
  n: whole(1, 6),
  size: z
    .string('must be auto or such as 1024x1024')
    .regex(/^(?:auto|\d{2,4}x\d{2,4})$/, 'must be auto or such as 1024x1024')
    .nullish()
    .openapi({ description: 'auto is the reference’s own aspect. Both sides multiples of 8.' }),
  quality: oneOf(['auto', 'low', 'medium', 'high', 'standard', 'hd']),
  response_format: oneOf(['b64_json', 'url']),
  output_format: oneOf(['png'], 'must be png, for no other format is made'),
  background: oneOf(
    ['auto', 'opaque'],
    'must be auto or opaque: pictures here are not transparent',
  ),
  stream: z.literal(false, 'is not supported: the whole answer comes at once').nullish(),
  input_fidelity: oneOf(['low', 'high']).openapi({
    description: 'high keeps 0.75 of the reference, low half of it.',
  }),
  user: text('Passed over.'),

  strength: number().openapi({
    description: 'Ours: how much of the reference is changed, 0 to 1.',
  }),
  negative_prompt: text('Ours.'),
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  steps: whole(1, 150),
  guidance_scale: number(),
  content_mode: contentMode.nullish(),
  ...looseTrust,
}

export const generationBody = z
  .looseObject(openaiFields, 'must be an object')
  .openapi('ImageGeneration')
export type OpenaiAsked = z.infer<typeof generationBody>

/** Of the reference that stays. */
const HIGH_FIDELITY = 0.75
const LOW_FIDELITY = 0.5

/** What we call otherwise. */
const names = { denoise_strength: 'strength', num_images: 'n', width: 'size', height: 'size' }

/** `references`: paths of what was uploaded with it, the first the composition. Throws `request-invalid`. */
export function readOpenai(asked: OpenaiAsked, references: readonly string[]): JobRequest {
  const [reference, ...further] = references
  const { input_fidelity: fidelity, strength } = asked
  const kept = fidelity === 'high' ? HIGH_FIDELITY : LOW_FIDELITY
  const candidate = {
    prompt: asked.prompt,
    negative_prompt: firstText(asked.negative_prompt),
    reference_image_url: reference,
    further_reference_urls: further.length > 0 ? further : undefined,
    denoise_strength: reference === undefined ? undefined : orNothing(strength),
    reference_strength: reference !== undefined && fidelity ? kept : undefined,
    guidance_scale: orNothing(asked.guidance_scale),
    steps: orNothing(asked.steps),
    seed: orNothing(asked.seed),
    num_images: orNothing(asked.n),
    quality: qualityOf(asked.quality),
    content_mode: orNothing(asked.content_mode),
    ...trustOf(asked),
    ...sizeOf(asked.size),
  }
  return readRequest(candidate, names)
}

/** Pictures as bytes unless asked otherwise, but for the models that always answered with URLs. */
export function wantsUrl({ response_format, model }: OpenaiAsked): boolean {
  if (response_format) return response_format === 'url'
  return /^dall-e-/.test(model ?? '')
}

function qualityOf(quality: OpenaiAsked['quality']): JobRequest['quality'] {
  if (!quality || quality === 'auto') return undefined
  return quality === 'low' ? 'fast' : 'high'
}

function sizeOf(size: OpenaiAsked['size']) {
  if (!size || size === 'auto') return {}
  const [width, height] = size.split('x').map(Number)
  return { width, height }
}
