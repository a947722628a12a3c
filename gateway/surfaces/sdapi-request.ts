/** What the web UI's clients send to `img2img` and `txt2img`, read as a request of ours. */
import { z } from '@hono/zod-openapi'
import type { JobRequest } from '../requests/job-request.ts'
import { contentMode, looseTrust, trustOf } from '../requests/trust-fields.ts'
import {
  firstText,
  looseFlag,
  looseNumber,
  looseRecord,
  looseText,
  orNothing,
} from './loose-fields.ts'
import { readRequest } from './read-request.ts'
import { takeLoras } from './sdapi-loras.ts'
import { readSampler } from './sdapi-samplers.ts'

const nothing = (what: string) => z.literal([null, ''], what).optional()
const count = () => z.number('must be a whole number').int().min(1, 'must be 1 at least').nullish()
const noScript = 'is not supported: scripts of the web UI do not run here. Leave it out'

/** Where the web UI's clients put what its extensions take: ours is named i2i, with one argument. */
const scripts = z
  .looseObject(
    {
      i2i: z
        .object({
          args: z
            .array(z.strictObject({ content_mode: contentMode.nullish(), ...looseTrust }))
            .length(1, 'must be a list of one object'),
        })
        .optional(),
    },
    'must be an object',
  )
  .refine((given) => Object.keys(given).every((name) => name === 'i2i'), noScript)

const common = {
  prompt: looseText(),
  negative_prompt: looseText(),
  steps: z.int('must be a whole number').nullish().openapi({ description: '50 unless given.' }),
  cfg_scale: looseNumber().openapi({ description: '7 unless given.' }),
  seed: z.int('must be a whole number').nullish().openapi({ description: '-1: any.' }),
  sampler_name: looseText(),
  sampler_index: looseText(),
  scheduler: looseText(),
  width: z.int('must be a whole number').nullish(),
  height: z.int('must be a whole number').nullish(),
  batch_size: count(),
  n_iter: count(),
  send_images: looseFlag(),
  override_settings: looseRecord().openapi({
    description: 'Passed over, and named in the answer.',
  }),
  styles: z.array(z.unknown(), 'must be a list').nullish(),
  restore_faces: looseFlag(),
  tiling: looseFlag(),
  subseed_strength: looseNumber(),
  script_name: nothing(noScript),
  alwayson_scripts: scripts.nullish().openapi({
    description: 'Ours alone: {"i2i": {"args": [{"content_mode": …, "reference_consent": …}]}}.',
  }),
  enable_hr: z.literal(false, 'is not supported: ask for the size itself').nullish(),
}

export const txt2imgBody = z.looseObject(common, 'must be an object').openapi('Txt2img')

export const img2imgBody = z
  .looseObject(
    {
      ...common,
      init_images: z
        .array(z.string('must be a picture in base64'), 'must be a list of one picture')
        .length(1, 'must be one picture: send a request for each'),
      denoising_strength: looseNumber().openapi({ description: '0.75 unless given.' }),
      resize_mode: z
        .int('must be 0 to 3')
        .min(0, 'must be 0 to 3')
        .max(3, 'must be 0 to 3')
        .nullish()
        .openapi({ description: '0 and 3 distort, 1 cuts off, 2 leaves margins.' }),
      mask: nothing('is not supported: the whole picture is changed. Leave it out'),
    },
    'must be an object',
  )
  .openapi('Img2img')

export type Txt2imgBody = z.infer<typeof txt2imgBody>
export type Img2imgBody = z.infer<typeof img2imgBody>

export interface SdapiRequest {
  readonly request: JobRequest
  /** What was asked and will not be done, by name. */
  readonly ignored: readonly string[]
}

/** What we call otherwise. */
const names = {
  guidance_scale: 'cfg_scale',
  denoise_strength: 'denoising_strength',
  num_images: 'batch_size × n_iter',
  reference_image_url: 'init_images.0',
}

/** The API's own defaults, which differ from ours. */
const defaults = { steps: 50, guidanceScale: 7, denoise: 0.75 }
const resizes = ['stretch', 'cover', 'contain', 'stretch'] as const

/** Throws `request-invalid` naming every field. */
export function readTxt2img(body: Txt2imgBody): SdapiRequest {
  const { candidate, ignored } = read(body)
  return { request: readRequest(candidate, names), ignored }
}

/** `reference`: where the picture is kept, or its URL. Throws `request-invalid` naming every field. */
export function readImg2img(body: Img2imgBody, reference: string): SdapiRequest {
  const { candidate, ignored } = read(body)
  const asked = {
    ...candidate,
    reference_image_url: reference,
    denoise_strength: body.denoising_strength ?? defaults.denoise,
    resize: resizes[body.resize_mode ?? 0],
  }
  const request = readRequest(asked, names)
  return { request, ignored }
}

function read(body: Txt2imgBody) {
  const { scheduler, ignored } = readSampler(
    firstText(body.sampler_name, body.sampler_index),
    body.scheduler,
  )
  const { prompt, loras } = takeLoras(body.prompt ?? '')
  const candidate = {
    ...{ prompt, loras, scheduler, ...sizeOf(body) },
    negative_prompt: firstText(body.negative_prompt),
    prompt_syntax: 'a1111',
    skip_enhancement: true,
    guidance_scale: body.cfg_scale ?? defaults.guidanceScale,
    steps: body.steps ?? defaults.steps,
    seed: (body.seed ?? -1) < 0 ? undefined : orNothing(body.seed),
    num_images: imagesOf(body),
    ...saidOf(body),
  }
  return { candidate, ignored: [...ignored, ...ignoredOf(body)] }
}

function saidOf({ alwayson_scripts: scripts }: Txt2imgBody) {
  const said = scripts?.i2i?.args[0] ?? {}
  return { content_mode: orNothing(said.content_mode), ...trustOf(said) }
}

/** All of a request's, in whatever way they were to be grouped. */
export const imagesOf = ({ batch_size, n_iter }: Txt2imgBody): number =>
  (batch_size ?? 1) * (n_iter ?? 1)

/** Whole latents, as there. One side alone says nothing. */
function sizeOf({ width, height }: Txt2imgBody) {
  if (typeof width !== 'number' || typeof height !== 'number') return {}
  return { width: width - (width % 8), height: height - (height % 8) }
}

function ignoredOf(body: Txt2imgBody): string[] {
  const settings = Object.keys(body.override_settings ?? {}).slice(0, 20)
  const asked: readonly (readonly [string, boolean])[] = [
    ['styles', (body.styles ?? []).length > 0],
    ['restore_faces', body.restore_faces === true],
    ['tiling', body.tiling === true],
    ['subseed_strength', (body.subseed_strength ?? 0) > 0],
  ]
  const names = asked.filter(([, isAsked]) => isAsked).map(([name]) => name)
  return [...settings.map((name) => `override_settings.${name.slice(0, 60)}`), ...names]
}
