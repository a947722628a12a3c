import { expect, test } from 'vitest'
import type { Job } from './job.ts'
import { readPayload } from './read-payload.ts'
import { id, today, todaysJob, url } from './today.case.ts'
import { jobTypeOf, writePayload } from './write-payload.ts'

const full: Job = {
  ...todaysJob,
  source: 'gateway',
  mode: 'copy',
  asked: {
    ...todaysJob.asked,
    ...{ promptSyntax: 'compel', windows: 2, guidanceInterval: [0, 0.6] },
    style: { look: 'like tin toys', mood: 'epic' },
  },
  loras: [{ id: 'sea', strength: -0.5 }, { id: 'grain' }],
  size: { aspectRatio: '16:9' },
  resize: 'contain',
  enhance: false,
  enhancementSeed: 0,
  callback: { url: 'https://a.example/done' },
  uploads: [{ path: 'u/j/0.png', url, staged: 'workspace-temp/u/j/.staged/1/0.png' }],
  deadlineAt: 1_767_225_600_000,
}

test.each([
  ['all that a job can have', full],
  ['what a foreign one has', todaysJob],
  [
    'next to nothing',
    { ...full, mode: 'txt2img', reference: undefined, asked: { prompt: 'a cat' } },
  ],
] as const)('%s comes back as it was', (_, job) => {
  expect(readPayload(writePayload(job))).toEqual({ kind: 'job', id, job, ignored: [] })
})

test('beside the canonical part it is what today’s readers read', () => {
  const { i2i, metadata, ...written } = JSON.parse(writePayload(todaysJob))
  const { metadata: todays, ...expected } = today
  expect(written).toEqual(expected)
  expect(todays).toMatchObject(metadata)
  expect(i2i).toEqual({ v: 1, ...todaysJob })
})

test('a job of turbo goes by the name of a fast one', () => {
  expect(jobTypeOf({ ...full, asked: { quality: 'turbo' } })).toBe('sdxl_image_fast')
  expect(jobTypeOf({ ...full, asked: {} })).toBe('sdxl_image_high')
})

test.each([
  ['request-too-large', { note: 'x'.repeat(262_144) }],
  ['request-invalid', JSON.parse('{"__proto__":{}}')],
  ['request-invalid', { note: Number.POSITIVE_INFINITY }],
])('a job that no worker would read is not written: %s', (code, metadata) => {
  const failure = expect.objectContaining({ code })
  expect(() => writePayload({ ...full, metadata })).toThrow(failure)
})
