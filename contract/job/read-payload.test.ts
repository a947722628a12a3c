import { describe, expect, test } from 'vitest'
import { plan } from '../modes.ts'
import { eras } from './eras.case.ts'
import { readPayload } from './read-payload.ts'
import { id, today, todaysJob, url, userId } from './today.case.ts'
import { writePayload } from './write-payload.ts'

const text = JSON.stringify

test.each(eras)('a payload as of $since is read', ({ payload, job, ignored = [] }) => {
  expect(readPayload(text(payload))).toStrictEqual({ kind: 'job', id, job, ignored })
})

test("today's payload is read, and plans as its producer meant it", () => {
  const reading = readPayload(text(today))
  expect(reading).toStrictEqual({ kind: 'job', id, job: todaysJob, ignored: [] })
  if (reading.kind !== 'job') return expect.unreachable()
  // Four of 20 steps at 0.2, guided.
  const planned = { denoiseStrength: 0.2, evaluations: 4, networkRuns: 8, guidanceScale: 6 }
  expect(plan(reading.job.mode, reading.job.asked, 1)).toMatchObject({ ...planned, seed: 42 })
})

test.each([
  ['object text', text(today)],
  ['a list of one text', text([text(today)])],
  ['a list of one object', text([today])],
  ['data', text({ data: text(today) })],
  ['text encoded twice', text(text(today))],
  ['a list of data', text([text({ data: text(today) })])],
])('%s is the same job', (_, raw) => {
  expect(readPayload(raw)).toStrictEqual({ kind: 'job', id, job: todaysJob, ignored: [] })
})

describe('where a setting stands twice', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'the metadata’s strength counts, then the config’s, then the top one',
      {
        denoise_strength: 0.1,
        config: { denoise_strength: 0.2 },
        metadata: { denoise_strength: 0.3 },
      },
      { asked: { denoiseStrength: 0.3 } },
    ],
    [
      'the config’s strength counts before the top one',
      { denoise_strength: 0.1, config: { denoise_strength: 0.2 } },
      { asked: { denoiseStrength: 0.2 } },
    ],
    [
      'the metadata’s reference counts, then the top one',
      {
        reference_image_url: 'https://a.example/top.png',
        metadata: { reference_image_url: url },
        config: { reference_image_url: 'https://a.example/config.png' },
      },
      { reference: { url } },
    ],
    [
      'the top negative prompt counts, then the config’s',
      { negative_prompt: 'top', config: { negative_prompt: 'config' } },
      { asked: { negativePrompt: 'top' } },
    ],
    [
      'sides count before a resolution, and that before an aspect ratio',
      { width: 640, height: 768, config: { resolution: '1024x576' } },
      { size: { width: 640, height: 768 } },
    ],
    [
      'the config’s seed counts, zero too',
      { seed: 5, config: { seed: 0 }, metadata: { seed: 9 } },
      { asked: { seed: 0 } },
    ],
    [
      'a seed of zero that the producer lost on the way is found in the metadata',
      { config: {}, metadata: { seed: 0 } },
      { asked: { seed: 0 } },
    ],
    [
      'type counts before job_type',
      { type: 'sdxl_image_fast', job_type: 'sdxl_image_high' },
      { asked: { quality: 'fast' } },
    ],
    [
      'null and the empty text are not there',
      {
        seed: null,
        negative_prompt: '',
        config: { seed: 3 },
        metadata: { negative_prompt: 'dogs' },
      },
      { asked: { seed: 3, negativePrompt: 'dogs' } },
    ],
  ])('%s', (_, fields, expected) => {
    expect(jobOf({ prompt: 'a cat', job_type: 'sdxl_image_high', id, ...fields })).toMatchObject(
      expected,
    )
  })
})

describe('the mode', () => {
  const reference = { reference_image_url: url }
  test.each<[string, Record<string, unknown>, string]>([
    ['without a reference is txt2img', {}, 'txt2img'],
    ['with one is modify', reference, 'modify'],
    ['with one and no prompt is modify', { ...reference, prompt: '' }, 'modify'],
    ['is copy where that is asked for', { ...reference, exact_copy_mode: true }, 'copy'],
    ['is copy in camelCase', { ...reference, exactCopyMode: true }, 'copy'],
    [
      'is copy where metadata says so',
      { metadata: { ...reference, exact_copy_mode: true } },
      'copy',
    ],
    ['is copy by reference_mode', { ...reference, metadata: { reference_mode: 'copy' } }, 'copy'],
    [
      'is no copy where that was denied',
      { ...reference, exact_copy_mode: false, reference_mode: 'copy' },
      'modify',
    ],
  ])('%s', (_, fields, mode) => {
    expect(jobOf({ id, job_type: 'sdxl_image_high', prompt: 'a cat', ...fields }).mode).toBe(mode)
  })
})

test.each<[Record<string, unknown>, boolean]>([
  [{}, false],
  [{ skip_enhancement: true }, false],
  [{ skip_enhancement: false }, true],
  [{ metadata: { skip_enhancement: false } }, true],
  [{ skip_enhancement: false, reference_image_url: url, exact_copy_mode: true }, false],
])('with %j a prompt that was enhanced already is enhanced again: %s', (fields, enhance) => {
  const payload = { id, job_type: 'sdxl_image_high', prompt: 'a cat', ...fields }
  expect(jobOf(payload).enhance).toBe(enhance)
})

test('a copy has no weights added to its prompt', () => {
  const weighted = { ...today, compel_enabled: true, compel_weights: '(sea:1.2)' }
  expect(jobOf(weighted).asked.prompt).toBe(`${today.prompt}, (sea)1.2`)
  expect(
    jobOf({ ...weighted, reference_mode: 'copy', metadata: { reference_image_url: url } }),
  ).toMatchObject({ mode: 'copy', asked: { prompt: today.prompt, promptSyntax: 'compel' } })
})

test('a bare path in storage is a path, as producers pushed it where they could not sign', () => {
  const path = `user-library/${userId}/a.png`
  const payload = { ...today, metadata: { ...today.metadata, reference_image_url: path } }
  expect(jobOf(payload).reference).toEqual({ path })
})

test('a client’s metadata names nobody to call, no owner and no canonical part', () => {
  const smuggled = {
    callback_url: 'https://evil.example/',
    user_id: 'somebody-else',
    i2i: { v: 1, id: 'mine', mode: 'txt2img' },
  }
  const payload = { ...today, metadata: { ...today.metadata, ...smuggled } }
  expect(jobOf(payload)).toStrictEqual({ ...todaysJob, metadata: payload.metadata })
})

test('who pushes it may say whom to call and until when it is wanted', () => {
  const payload = {
    ...today,
    callback_url: 'https://a.example/done',
    deadline_at: '2026-01-02T03:04:05Z',
  }
  expect(jobOf(payload)).toMatchObject({
    callback: { url: 'https://a.example/done' },
    deadlineAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  })
})

test('the canonical part wins over everything beside it', () => {
  const ours = JSON.parse(writePayload(jobOf(today)))
  const tampered = {
    ...ours,
    id: 'another',
    type: 'video_high',
    prompt: 'another',
    config: 'not even an object',
    metadata: { exact_copy_mode: true, reference_image_url: 'file:///etc/passwd' },
  }
  expect(readPayload(text(tampered))).toStrictEqual(readPayload(text(ours)))
  expect(readPayload(text(ours))).toMatchObject({ kind: 'job', id, job: todaysJob })
})

test('without an id it is neither a job nor refused', () => {
  expect(readPayload(text({ job_type: 'sdxl_image_high' }))).toEqual({ kind: 'unnamed' })
})

function jobOf(payload: Record<string, unknown>) {
  const reading = readPayload(text(payload))
  if (reading.kind !== 'job') throw new Error(text(reading))
  return reading.job
}
