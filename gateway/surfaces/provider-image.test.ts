import { describe, expect, it, test } from 'vitest'
import { plan } from '#contract'
import { toJob } from '../requests/to-job.ts'
import { providerImageBody, readProviderImage } from './provider-image.ts'

const url = 'https://example.com/a.png'

function read(provider: 'replicate' | 'fal-ai', body: Readonly<Record<string, unknown>>) {
  const request = readProviderImage(
    providerImageBody.parse({ job_type: 'image_high', ...body }),
    provider,
  )
  const job = toJob(request, { caller: { userId: 'anna' } })
  return { request, job, planned: plan(job.mode, job.asked, 0) }
}

describe('a strength, whichever way it points there', () => {
  test.each([
    ['replicate', { input: { strength: 0.2 } }, 0.2],
    ['replicate', { input: { prompt_strength: 0.2 } }, 0.2],
    ['replicate', { metadata: { reference_strength: 0.95 } }, 0.05],
    ['replicate', { metadata: { denoise_strength: 0.3, reference_strength: 0.95 } }, 0.3],
    ['replicate', { input: { strength: 0 } }, 0],
    ['replicate', {}, 0.5],
    // The page sends its slider as it is: 0.95 keeps nearly all.
    ['fal-ai', { input: { strength: 0.95 } }, 0.05],
    ['fal-ai', { input: { prompt_strength: 0.2 } }, 0.2],
    ['fal-ai', { metadata: { reference_strength: 0.8 } }, 0.2],
    ['fal-ai', { input: { strength: 7 } }, 0],
  ] as const)('%s %o changes %f', (provider, { input, metadata }: Strengths, denoiseStrength) => {
    const body = { input: { image: url, ...input }, metadata }
    expect(read(provider, body).planned).toMatchObject({ mode: 'modify', denoiseStrength })
  })
})

interface Strengths {
  readonly input?: object
  readonly metadata?: object
}

it('asks that provider and no other, for the prompt as it is', () => {
  const { request, job } = read('replicate', { prompt: 'a cat', jobType: 'image_high' })
  expect(request.provider).toBe('replicate')
  expect(job).toMatchObject({ mode: 'txt2img', enhance: false, contentMode: 'sfw' })
})

it('finds the reference in every place that it was ever sent in', () => {
  const path = 'workspace-temp/anna/a.png'
  const bodies = [
    { input: { image: path } },
    { input: { image_url: path } },
    { input: { image_urls: [path, url] } },
    { reference_image_url: path },
    { metadata: { reference_image_url: path } },
    { metadata: { referenceImage: path } },
  ]
  for (const body of bodies) expect(read('fal-ai', body).job.reference).toEqual({ path })
  expect(read('fal-ai', bodies[2] ?? {}).job.furtherReferences).toEqual([{ url }])
  const theirs = { input: { image: 'sdxl_image_high/bert/a.png' } }
  expect(() => read('replicate', theirs)).toThrow(
    expect.objectContaining({ code: 'reference-forbidden' }),
  )
})

it('brings numbers into the provider’s range, and sizes to whole latents', () => {
  const input = { steps: 400, guidance_scale: 0, width: 1023, height: 4000, scheduler: 'K_EULER' }
  const { job } = read('replicate', { input })
  expect(job).toMatchObject({
    size: { width: 1024, height: 1920 },
    asked: { steps: 100, guidanceScale: 1, scheduler: 'euler' },
  })
  const scheduler = 'HeunDiscrete'
  expect(read('replicate', { input: { scheduler } }).request.scheduler).toBeUndefined()
  const metadata = { aspectRatio: '9:16', seed: 0 }
  expect(read('replicate', { metadata }).job).toMatchObject({
    size: { aspectRatio: '9:16' },
    asked: { seed: 0 },
  })
})

test.each([
  ['replicate', { job_type: undefined }, 'job_type is missing'],
  ['fal-ai', { job_type: 'wan_video_fast' }, 'job_type asks for a video'],
  ['fal-ai', { modality: 'video' }, 'job_type asks for a video'],
] as const)('%s refuses %o', (provider, body, sentence) => {
  expect(() => read(provider, body)).toThrow(sentence)
})

it('takes fal’s calls without a type for pictures of high quality', () => {
  expect(read('fal-ai', { job_type: undefined }).request.job_type).toBe('sdxl_image_high')
  expect(read('fal-ai', { job_type: 'rv51_fast' }).request.job_type).toBe('sdxl_image_fast')
})

it('says of who is shown what the body says, and nothing that its metadata keeps', () => {
  const consent = { attested: true, statement: 'I am the one in the photograph.' }
  const body = { reference_image_url: url, reference_consent: consent }
  expect(read('fal-ai', body).request.reference_consent).toEqual(consent)
  const kept = { reference_image_url: url, metadata: { reference_consent: consent } }
  expect(read('fal-ai', kept).request.reference_consent).toBeUndefined()
})
