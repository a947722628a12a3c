import { describe, expect, it, test } from 'vitest'
import { plan } from '#contract'
import { toJob } from '../requests/to-job.ts'
import { queueJobBody, readQueueJob } from './queue-job.ts'

const caller = { userId: '7b2a9d10-5555-4666-8777-a88888888888', adult: true }
const path = `user-library/${caller.userId}/a.png`
const job_type = 'sdxl_image_high'

/** What becomes of a body: the request, the job, and what would run. */
function read(body: Readonly<Record<string, unknown>>) {
  const request = readQueueJob(queueJobBody.parse({ job_type, ...body }))
  const job = toJob(request, { caller })
  return { request, job, planned: plan(job.mode, job.asked, 0) }
}

/** As the page sends a MODIFY at its slider's 0.80. */
const today = {
  prompt: 'a harbour at dawn',
  job_type,
  quality: 'high',
  format: 'image',
  model_type: 'sdxl',
  reference_image_url: path,
  reference_strength: 0.8,
  seed: 42,
  num_images: 1,
  steps: 25,
  guidance_scale: 6,
  negative_prompt: 'people',
  compel_enabled: false,
  metadata: {
    model_provider: 'local',
    aspect_ratio: '16:9',
    shot_type: 'wide',
    camera_angle: 'eye_level',
    style: 'cinematic lighting, film grain',
    contentType: 'nsfw',
    skip_enhancement: false,
    exact_copy_mode: false,
    reference_mode: 'modify',
    reference_type: 'style',
  },
}

it('reads what today’s page sends', () => {
  const { job, planned } = read(today)
  expect(job).toMatchObject({
    mode: 'modify',
    reference: { path },
    size: { aspectRatio: '16:9' },
    contentMode: 'nsfw',
    enhance: true,
    metadata: today.metadata,
  })
  expect(planned).toMatchObject({
    prompt: 'a harbour at dawn, cinematic lighting, film grain',
    negativePrompt: 'people',
    denoiseStrength: 0.2,
    evaluations: 5,
    guidanceScale: 6,
    seed: 42,
  })
})

describe('the mode', () => {
  test.each([
    ['nothing said', {}, 'modify', 0.5],
    ['a copy, with the words that the page puts there', { exact_copy_mode: true }, 'copy', 0.05],
    ['a copy by its old name', { reference_mode: 'copy' }, 'copy', 0.05],
    [
      'a copy that is said not to be one',
      { reference_mode: 'copy', exact_copy_mode: false },
      'modify',
      0.5,
    ],
    ['strength 0.95 of a copy', { exact_copy_mode: true, reference_strength: 0.98 }, 'copy', 0.02],
  ])('%s', (_, metadata, mode, denoiseStrength) => {
    const { planned } = read({ reference_image_url: path, prompt: 'the same picture', metadata })
    expect(planned).toMatchObject({ mode, denoiseStrength })
  })

  it('is txt2img without a reference, and a copy of nothing is refused', () => {
    expect(read({ prompt: 'a cat' }).job.mode).toBe('txt2img')
    expect(() => read({ metadata: { exact_copy_mode: true } })).toThrow(
      'exact_copy_mode needs a reference_image_url to copy',
    )
  })

  it('copies without added words, enhancement or guidance', () => {
    const body = { ...today, metadata: { ...today.metadata, exact_copy_mode: true } }
    const { job, planned } = read(body)
    expect(job.enhance).toBe(false)
    expect(planned).toMatchObject({ prompt: 'a harbour at dawn', guidanceScale: 1 })
  })
})

test.each([
  [
    'the body’s denoise strength',
    { denoise_strength: 0.3, metadata: { denoise_strength: 0.9 } },
    0.3,
  ],
  [
    'what the body keeps, over what the metadata changes',
    { reference_strength: 0.6, metadata: { denoise_strength: 0.9 } },
    0.4,
  ],
  ['the metadata’s', { metadata: { reference_strength: 0.75 } }, 0.25],
  ['denoise strength 0', { denoise_strength: 0 }, 0],
  [
    'null as nothing',
    { denoise_strength: null, reference_strength: null, metadata: { denoise_strength: 0.7 } },
    0.7,
  ],
])('draws with %s', (_, body, denoiseStrength) => {
  expect(read({ reference_image_url: path, ...body }).planned).toMatchObject({ denoiseStrength })
})

describe('the words', () => {
  it('are the enhanced ones where they are there, and stay as they are', () => {
    const { job } = read({ prompt: 'a cat', enhanced_prompt: 'a cat, in the snow' })
    expect(job).toMatchObject({ enhance: false, asked: { prompt: 'a cat, in the snow' } })
    expect(job.metadata).toMatchObject({ original_prompt: 'a cat' })
    expect(read({ prompt: 'a cat' }).job.enhance).toBe(true)
    expect(read({ prompt: 'a cat', metadata: { skip_enhancement: true } }).job.enhance).toBe(false)
  })

  it('are followed by weighted terms in our own spelling, and by the styles that were chosen', () => {
    const { job, planned } = read({
      prompt: 'a cat',
      compel_enabled: true,
      compel_weights: '(soft light:1.2), grain, Grain',
      metadata: { shot_type: 'close', camera_angle: 'bird_eye', style: 'None' },
    })
    expect(job.asked).toMatchObject({
      prompt: 'a cat, (soft light)1.2, grain',
      promptSyntax: 'compel',
      style: { shotType: 'close', cameraAngle: 'bird_eye' },
    })
    expect(planned.prompt).toBe("a cat, (soft light)1.2, grain, close-up shot, bird's-eye view")
  })
})

test.each([
  [0, 1],
  [1, 1],
  [2, 3],
  [3, 3],
  [4, 6],
  [40, 6],
])('%i images are %i', (num_images, images) => {
  expect(read({ num_images }).planned.images).toBe(images)
})

it('keeps seed 0, from wherever it comes, and takes null for none', () => {
  expect(read({ seed: 0, metadata: { seed: 7 } }).planned.seed).toBe(0)
  expect(read({ seed: null, metadata: { seed: 0 } }).planned.seed).toBe(0)
})

test.each([
  ['no job type', { job_type: undefined }, 'job_type is missing: send sdxl_image_high or'],
  ['a video', { job_type: 'wan_video_fast' }, 'job_type asks for a video, and only pictures'],
  ['another', { job_type: 'music' }, 'job_type must be one of'],
  ['a wrong number', { steps: 0, guidance_scale: 99 }, 'guidance_scale must be a number from 1'],
  ['several', { steps: 0, guidance_scale: 99 }, 'steps must be a whole number from 1 to 150'],
])('refuses %s in a sentence', (_, body, sentence) => {
  expect(() => read(body)).toThrow(sentence)
})

it('takes no other user’s file for a reference', () => {
  for (const theirs of ['user-library/bert/a.png', 'workspace-temp/bert/x/0.png']) {
    const body = { reference_image_url: theirs }
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'reference-forbidden' }))
  }
})
