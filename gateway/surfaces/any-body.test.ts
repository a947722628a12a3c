/** Whatever a stranger sends: it is read as a job, or refused as theirs. Nothing else is ever thrown. */
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { Failure } from '#contract'
import { refusalOf } from '../http/wrong-fields.ts'
import type { JobRequest } from '../requests/job-request.ts'
import { toJob } from '../requests/to-job.ts'
import { readEditForm } from './openai-form.ts'
import { generationBody, readOpenai } from './openai-request.ts'
import { providerImageBody, readProviderImage } from './provider-image.ts'
import { queueJobBody, readQueueJob } from './queue-job.ts'
import { readPicture } from './sdapi-picture.ts'
import { img2imgBody, readImg2img, readTxt2img, txt2imgBody } from './sdapi-request.ts'

interface Parsing<Body> {
  readonly shape: Readonly<Record<string, unknown>>
  readonly safeParse: (body: unknown) =>
    | { readonly success: true; readonly data: Body }
    | {
        readonly success: false
        readonly error: { readonly issues: Parameters<typeof refusalOf>[0] }
      }
}

/** A body is parsed as its route parses it, then translated, then read as `accept` reads it. */
const reader =
  <Body>(schema: Parsing<Body>, translate: (body: Body) => JobRequest) =>
  (body: unknown) => {
    const parsed = schema.safeParse(body)
    if (!parsed.success) throw refusalOf(parsed.error.issues)
    return toJob(translate(parsed.data), { caller: { userId: 'anna' } })
  }

const surfaces = {
  'queue-job': [queueJobBody.shape, reader(queueJobBody, readQueueJob)],
  'replicate-image': [
    providerImageBody.shape,
    reader(providerImageBody, (body) => readProviderImage(body, 'replicate')),
  ],
  'fal-image': [
    providerImageBody.shape,
    reader(providerImageBody, (body) => readProviderImage(body, 'fal-ai')),
  ],
  generations: [generationBody.shape, reader(generationBody, (body) => readOpenai(body, []))],
  txt2img: [txt2imgBody.shape, reader(txt2imgBody, (body) => readTxt2img(body).request)],
  img2img: [
    img2imgBody.shape,
    reader(img2imgBody, (body) => {
      const picture = readPicture(body.init_images[0] ?? '')
      return readImg2img(body, 'url' in picture ? picture.url : 'anna/a.png').request
    }),
  ],
} as const

const said = fc.constantFrom(
  ...['sdxl_image_high', 'wan_video_fast', 'auto', '1024x1024', '9:16', 'Euler a', 'Karras'],
  ...['user-library/anna/a.png', 'bert/a.png', 'https://example.com/a.png', 'file:///x', 'AAAA'],
  ...['', ' ', '<lora:A:9>', '__proto__', 'b64_json', 'nsfw', 'copy'],
)
const value = fc.oneof(
  said,
  fc.string({ maxLength: 40 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(said, { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
)
/** Without it most surfaces look no further. */
const needed = { job_type: 'sdxl_image_high', prompt: 'a cat', init_images: ['AAAA'] }

/** Fields that are known there, at any depth that counts, with anything in them. */
function bodies(shape: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const name = fc.constantFrom(...Object.keys(shape))
  const inner = fc.dictionary(
    fc.constantFrom(
      'strength',
      'image',
      'seed',
      'contentType',
      'exact_copy_mode',
      'style',
      'width',
    ),
    value,
  )
  const nested = fc.record({ metadata: inner, input: inner }, { requiredKeys: [] })
  const flat = fc.dictionary(name, value, { maxKeys: 8 })
  const all = fc.tuple(flat, nested, fc.constantFrom({}, needed))
  return fc.oneof(
    { weight: 9, arbitrary: all.map((parts) => Object.assign({}, ...parts)) },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
}

test.each(Object.entries(surfaces))('%s reads or refuses any body', (_, [shape, read]) => {
  let jobs = 0
  fc.assert(
    fc.property(bodies(shape), (body) => {
      try {
        read(JSON.parse(JSON.stringify(body)))
        jobs++
      } catch (error) {
        if (!(error instanceof Failure) || error.httpStatus >= 500) throw error
      }
    }),
    { numRuns: 400, seed: 5 },
  )
  // Else nothing behind the first check would have been tried.
  expect(jobs).toBeGreaterThan(0)
})

it('reads or refuses any form of an edit', () => {
  const name = fc.constantFrom('image', 'image[]', 'mask', 'prompt', 'n', 'seed', '__proto__', 'x')
  const field = fc.tuple(name, fc.oneof(said, fc.string(), fc.constant(new File(['x'], 'a.png'))))
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
      const form = new FormData()
      for (const [key, each] of fields) {
        if (typeof each === 'string') form.append(key, each)
        else form.append(key, each, each.name)
      }
      try {
        readOpenai(readEditForm(form).asked, ['anna/a.png'])
      } catch (error) {
        if (!(error instanceof Failure) || error.httpStatus >= 500) throw error
      }
    }),
    { numRuns: 300, seed: 5 },
  )
})
