import { expect, test } from 'vitest'
import { jobCallbackBody } from './job-callback.ts'

test('a completed job says where its pictures are, and nothing that is null', () => {
  const body = jobCallbackBody({
    jobId: 'j1',
    status: 'completed',
    assets: [
      {
        url: 'u/j1/0.png',
        thumbnailUrl: 'u/j1/0.thumb.webp',
        metadata: { seed: 0, steps: 25, denoise_strength: null },
      },
      { url: 'u/j1/1.png', metadata: { seed: 1 } },
    ],
    metadata: { final_prompt: '', compel_weights: null },
  })
  expect(JSON.parse(body)).toEqual({
    job_id: 'j1',
    status: 'completed',
    assets: [
      {
        type: 'image',
        url: 'u/j1/0.png',
        thumbnail_url: 'u/j1/0.thumb.webp',
        metadata: { seed: 0, steps: 25 },
      },
      { type: 'image', url: 'u/j1/1.png', metadata: { seed: 1 } },
    ],
    error_message: null,
    metadata: { final_prompt: '' },
  })
})

test('a failed job says why, and has no pictures', () => {
  const metadata = { error_type: 'reference-not-found' }
  const body = jobCallbackBody({ jobId: 'j1', status: 'failed', errorMessage: 'Gone.', metadata })
  expect(JSON.parse(body)).toEqual({
    job_id: 'j1',
    status: 'failed',
    assets: [],
    error_message: 'Gone.',
    metadata,
  })
})
