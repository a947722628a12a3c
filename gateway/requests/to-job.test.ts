import { describe, expect, it } from 'vitest'
import { readPayload, writePayload } from '#contract'
import { fingerprint } from './fingerprint.ts'
import type { JobRequest } from './job-request.ts'
import { toJob } from './to-job.ts'

const caller = { userId: 'anna' }
const read = (request: JobRequest) => toJob(request, { caller })

describe('a request as a job', () => {
  it('changes its reference unless it says that it copies it', () => {
    const reference_image_url = 'https://example.com/a.png'
    expect(read({ prompt: 'x' })).toMatchObject({ mode: 'txt2img', enhance: true })
    expect(read({ reference_image_url })).toMatchObject({
      mode: 'modify',
      reference: { url: reference_image_url },
    })
    const copy = read({ reference_image_url, exact_copy_mode: true, prompt: 'as it is' })
    expect(copy).toMatchObject({ mode: 'copy', enhance: false })
    expect(read({ prompt: 'x', skip_enhancement: true }).enhance).toBe(false)
    expect(read({ prompt: 'x', enhancement_seed: 0 })).toMatchObject({ enhancementSeed: 0 })
  })

  it('has its seed from here on, and keeps the one it was given, 0 too', () => {
    expect(read({ seed: 0 }).asked.seed).toBe(0)
    const seeds = Array.from({ length: 20 }, () => read({}).asked.seed)
    expect(new Set(seeds).size).toBe(20)
    expect(seeds.every((seed = -1) => seed >= 0 && seed < 2 ** 32)).toBe(true)
  })

  it('draws from the caller’s own folder in whatever bucket, and from nobody else’s', () => {
    const from = (reference_image_url: string) => read({ reference_image_url }).reference
    expect(from('anna/a.png')).toEqual({ path: 'user-library/anna/a.png' })
    expect(from('reference_images/anna/b/a.png')).toEqual({ path: 'reference_images/anna/b/a.png' })
    for (const theirs of ['bert/a.png', 'workspace-temp/bert/a.png', 'anna2/a.png']) {
      expect(() => from(theirs)).toThrow(expect.objectContaining({ code: 'reference-forbidden' }))
    }
    const wrong = [
      'anna/../bert/a.png',
      'user-library/anna',
      'file:///etc/passwd',
      'data:image/png;base64,AA',
    ]
    for (const each of wrong) {
      expect(() => from(each)).toThrow(expect.objectContaining({ code: 'request-invalid' }))
    }
  })

  it('names every problem at once, by the names of its fields', () => {
    const wrong: JobRequest = {
      exact_copy_mode: true,
      width: 1000,
      loras: [{ id: 'NOT ONE' }],
      further_reference_urls: ['ftp://example.com/a.png'],
      metadata: JSON.parse('{"__proto__": {"a": 1}}'),
    }
    const named = [
      'exact_copy_mode needs a reference_image_url',
      'width and height must be given together',
      'loras.0.id',
      'further_reference_urls.0 must be',
      'further_reference_urls needs a reference_image_url',
      'metadata',
    ]
    for (const part of named) expect(() => read(wrong)).toThrow(part)
    expect(() => read({ aspect_ratio: '9:1' })).toThrow('aspect_ratio will not do')
    expect(() => read({ width: 100, height: 64 })).toThrow('multiples of 8')
  })

  it('is wanted for as long as was said, else as long as is usual, else for ever', () => {
    const until = (deadline_ms?: number, defaultDeadlineMs?: number) =>
      toJob(deadline_ms === undefined ? {} : { deadline_ms }, {
        ...{ caller, now: 1_000, defaultDeadlineMs },
      }).deadlineAt
    expect([until(20_000, 5), until(undefined, 120_000), until()]).toEqual([
      21_000,
      121_000,
      undefined,
    ])
  })

  it('is read by a worker as it was written', () => {
    const job = read({
      ...{ prompt: 'a lake', negative_prompt: 'fog', reference_image_url: 'anna/a.png' },
      ...{ job_type: 'sdxl_image_fast', aspect_ratio: '16:9', num_images: 3, resize: 'contain' },
      ...{ loras: [{ id: 'film', strength: 0.5 }], metadata: { scene: 'beach' } },
    } as const)
    expect(job.asked).toMatchObject({ quality: 'fast', images: 3, negativePrompt: 'fog' })
    expect(readPayload(writePayload(job))).toMatchObject({ kind: 'job', job, ignored: [] })
  })
})

describe('the fingerprint of a request', () => {
  const url = 'https://store.example/a.png?token=1'

  it('is the same for the same request, however it is written and signed', () => {
    const one = fingerprint({
      prompt: 'x',
      metadata: { a: 1, b: [1, 2] },
      reference_image_url: url,
    })
    const again = url.replace('=1', '=2')
    const two = { reference_image_url: again, metadata: { b: [1, 2], a: 1 }, prompt: 'x' }
    expect(fingerprint({ ...two, seed: undefined })).toBe(one)
  })

  it('differs wherever another picture might be meant', () => {
    const base = { prompt: 'x', reference_image_url: 'https://a.example/p?id=1' }
    const others = [
      { ...base, prompt: 'y' },
      { ...base, reference_image_url: 'https://a.example/p?id=2' },
      { ...base, seed: 0 },
      { ...base, metadata: { a: [2, 1] } },
      { ...base, metadata: { a: [1, 2] } },
    ]
    expect(new Set([base, ...others].map(fingerprint)).size).toBe(6)
  })
})
