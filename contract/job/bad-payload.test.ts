import { describe, expect, test } from 'vitest'
import { readPayload } from './read-payload.ts'
import { id, today, url } from './today.case.ts'
import { writePayload } from './write-payload.ts'

const text = JSON.stringify
const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)

describe('an element that holds no object', () => {
  test.each([
    ['', 'The element is not JSON.'],
    ['a harbour at dawn', 'The element is not JSON.'],
    ['{"id":"a"', 'The element is not JSON.'],
    ['"a harbour"', 'The element is not JSON.'],
    ['null', 'The element is null, not an object.'],
    ['7', 'The element is a number, not an object.'],
    ['[]', 'The element is a list of 0: push one job a time.'],
    ['[{"id":"a"},{"id":"b"}]', 'The element is a list of 2: push one job a time.'],
    ['[null]', 'The element is null, not an object.'],
    ['{"data":"not JSON"}', 'The element is not JSON.'],
    ['['.repeat(100_000), 'The element is not JSON.'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'The element is wrapped more than 8 times.'],
    ['x'.repeat(1_000_000), 'The element has 1000000 bytes of 262144.'],
    ['é'.repeat(131_073), 'The element has 262146 bytes of 262144.'],
  ])('%.24s is unreadable, and no word of it is told', (raw, reason) => {
    expect(readPayload(raw)).toEqual({ kind: 'unreadable', reason })
  })
})

describe('what is asked amiss is named where its producer wrote it', () => {
  const video = 'asks for a video, and only pictures are made'
  const send = 'send sdxl_image_high or sdxl_image_fast'
  const shape = 'metadata.reference_image_url must be an http or https URL, or a path in storage'
  const sizes = 'both sides must be multiples of 8 from 16 to 2048'
  const reference = 'reference_image_url is missing, and mode'
  test.each<[Record<string, unknown>, string]>([
    [{ type: 'video_high' }, `type "video_high" ${video}`],
    [{ type: undefined, job_type: 'wan_video_fast' }, `job_type "wan_video_fast" ${video}`],
    [{ type: 'rv51_high' }, `type "rv51_high" is unknown: ${send}`],
    [{ type: 7 }, `type 7 is unknown: ${send}`],
    [{ type: undefined, job_type: undefined }, `job_type is missing: ${send}`],
    [{ config: 7 }, 'config must be an object'],
    [{ config: { steps: 0 } }, 'config.steps must be a whole number from 1 to 150'],
    [
      { config: { num_inference_steps: '25' } },
      'config.num_inference_steps must be a whole number from 1 to 150',
    ],
    [{ config: { num_images: 7 } }, 'config.num_images must be a whole number from 1 to 6'],
    [
      { config: { seed: -1 } },
      `config.seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
    ],
    [{ config: { guidance_scale: 0 } }, 'config.guidance_scale must be from 1 to 30'],
    [{ config: { resolution: 'auto' } }, 'config.resolution must be a width and a height'],
    [{ config: { resolution: '1001x1000' } }, `config.resolution will not do.`],
    [{ width: 4096, height: 4096 }, sizes],
    [{ width: 512, config: {} }, 'width must be a width and a height'],
    [{ config: {}, aspect_ratio: '9:1' }, 'aspect_ratio will not do. The aspect ratio 9:1 is too'],
    [{ resize: 'crop' }, 'resize must be one of cover, contain, stretch'],
    [{ prompt: 7 }, 'prompt must be a text'],
    [{ prompt: 'x'.repeat(10_001) }, 'prompt is longer than 10000 characters'],
    [{ negative_prompt: ['a'] }, 'negative_prompt must be a text'],
    [{ loras: [{ id: '../sea' }] }, 'loras.0.id must be 1 to 64'],
    [{ user_id: '..' }, 'user_id must be 1 to 128'],
    [{ user_id: 'a/b' }, 'user_id must be 1 to 128'],
    [{ metadata: 'no' }, 'metadata must be an object'],
    [{ metadata: { exact_copy_mode: 'true' } }, 'metadata.exact_copy_mode must be true or false'],
    [{ metadata: { exact_copy_mode: true } }, `${reference} copy needs a reference`],
    [{ metadata: {}, reference_mode: 'copy' }, `${reference} copy needs a reference`],
    [{ metadata: { reference_image_url: '' } }, `${reference} modify needs a reference`],
    [{ metadata: { reference_image_url: 7 } }, `metadata.reference_image_url must be an http`],
    [{ metadata: { reference_image_url: 'file:///etc/passwd' } }, 'must be an http or https URL'],
    [{ metadata: { reference_image_url: 'data:image/png;base64,AA' } }, 'must be an http'],
    [{ metadata: { reference_image_url: 'http://' } }, 'must be an http or https URL'],
    [{ metadata: { reference_image_url: '../../etc/passwd' } }, shape],
    [{ metadata: { reference_image_url: 'user-library/a\\..\\b' } }, shape],
    [{ metadata: { reference_image_url: '/etc/passwd' } }, shape],
    [{ callback_url: 'ftp://a.example' }, 'callback_url must be an http or https URL'],
    [{ deadline_at: 'soon' }, 'deadline_at must be a whole number of milliseconds since 1970'],
  ])('%j', (fields, problem) => {
    const reading = readPayload(text({ ...today, ...fields }))
    expect(reading).toMatchObject({ kind: 'refused', id })
    if (reading.kind !== 'refused') return expect.unreachable()
    expect(reading.problems).toContainEqual(expect.stringContaining(problem))
    expect(reading.problems.join()).not.toContain(url)
  })
})

test('without a reference and without a prompt there is nothing to draw', () => {
  expect(readPayload(text({ id, type: 'image_high' }))).toEqual({
    kind: 'refused',
    id,
    problems: ['prompt is missing, and without a reference it is all'],
  })
})

test('every problem is named, not the first alone', () => {
  const config = { steps: 0, num_images: 9, guidance_scale: 99 }
  const reading = readPayload(text({ id, type: 'video_high', metadata: [], config }))
  expect(reading).toMatchObject({ kind: 'refused', problems: { length: 6 } })
})

test('what is too long is not repeated', () => {
  const reference_image_url = `https://a.example/${'a'.repeat(5000)}`
  const i2i = { v: 1, ['x'.repeat(10_000)]: 1 }
  for (const fields of [{ reference_image_url }, { type: 'x'.repeat(5000) }, { i2i }]) {
    const reading = readPayload(text({ id, prompt: 'a cat', type: 'image_high', ...fields }))
    if (reading.kind !== 'refused') return expect.unreachable()
    expect(Math.max(...reading.problems.map(({ length }) => length))).toBeLessThanOrEqual(301)
  }
})

describe('an id', () => {
  test.each(['a b', '../a', '.', '..', 'a/b', 'é', 'x'.repeat(129), true, ['a'], 1.5])(
    '%j will not do, and nobody can be told',
    (bad) => {
      expect(readPayload(text({ ...today, id: bad }))).toMatchObject({
        kind: 'refused',
        id: undefined,
        problems: ['id must be 1 to 128 letters, digits and the signs _ . : -'],
      })
    },
  )

  test('may be a number', () => {
    expect(readPayload(text({ ...today, id: 42 }))).toMatchObject({ kind: 'job', id: '42' })
  })
})

describe('hostile payloads are refused, to whoever can be told', () => {
  const inTheText = (extra: string) => `{"id":"${id}","type":"image_high","prompt":"a",${extra}}`
  test.each([
    ['"__proto__":{"isAdmin":true}', 'it has a key __proto__'],
    ['"metadata":{"a":[{"__proto__":null}]}', 'it has a key __proto__'],
    ['"metadata":{"constructor":{"prototype":{}}}', 'it has a key constructor'],
    ['"metadata":{"a":1e999}', 'a number is too large'],
    [`"metadata":${text(nested(32))}`, 'it is nested more than 32 deep'],
    [`"metadata":${'[1,'.repeat(20_000)}1${']'.repeat(20_000)}`, 'it is nested more than 32 deep'],
  ])('%.40s', (extra, problem) => {
    const problems = [problem]
    expect(readPayload(inTheText(extra))).toEqual({ kind: 'refused', id, problems })
    expect(Object.prototype).not.toHaveProperty('isAdmin')
  })

  test('31 levels of metadata are read, and read again in a job of ours', () => {
    const reading = readPayload(inTheText(`"metadata":${text(nested(31))}`))
    if (reading.kind !== 'job') return expect.unreachable()
    expect(reading.job.metadata).toEqual(nested(31))
    expect(readPayload(writePayload(reading.job))).toEqual(reading)
  })
})

describe('a canonical part', () => {
  test.each<[unknown, string]>([
    ['no', 'i2i must be an object'],
    [{ v: 2 }, 'i2i.v must be 1: gateway and worker are of different versions'],
    [{ v: 1, cfg: 7 }, 'i2i has no such setting: cfg'],
    [{ v: 1, asked: { cfg: 7 } }, 'i2i.asked has no such setting: cfg'],
    [{ v: 1, asked: { steps: 0 } }, 'i2i.asked.steps must be a whole number from 1 to 150'],
    [{ v: 1, mode: 'paint' }, 'i2i.mode must be one of modify, copy, txt2img'],
    [{ v: 1, mode: 'copy', enhance: true }, 'enhance must be false in mode copy'],
    [{ v: 1, mode: 'txt2img', reference: { url } }, 'mode txt2img has no use for a reference'],
    [{ v: 1, mode: 'modify' }, 'reference_image_url is missing, and mode modify needs a reference'],
    [{ v: 1, reference: { url, path: 'a' } }, 'i2i.reference must be an http or https URL, or a'],
    [{ v: 1, uploads: [{ path: '../a', url }] }, 'i2i.uploads.0.path must be a path in storage'],
    [{ v: 1, deadlineAt: 1.5 }, 'i2i.deadlineAt must be a whole number of milliseconds'],
  ])('%j is refused, though all beside it would do', (i2i, problem) => {
    const reading = readPayload(text({ ...today, i2i }))
    if (reading.kind !== 'refused') return expect.unreachable()
    expect(reading.id).toBe(id)
    expect(reading.problems).toContainEqual(expect.stringContaining(problem))
  })
})
