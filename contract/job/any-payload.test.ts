import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPayload } from './read-payload.ts'
import { today, todaysJob, url } from './today.case.ts'
import { writePayload } from './write-payload.ts'

/** Without the keys for which a whole payload is refused. */
const anyJson = fc
  .jsonValue()
  .filter((value) => !/"(__proto__|constructor)":/.test(JSON.stringify(value)))
const wrappings = [
  (text: string) => text,
  (text: string) => JSON.stringify(text),
  (text: string) => JSON.stringify([text]),
  (text: string) => `[${text}]`,
  (text: string) => JSON.stringify({ data: text }),
]

test('no text and no JSON makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...wrappings), (text, wrap) => {
      expect(['job', 'refused', 'unnamed', 'unreadable']).toContain(readPayload(wrap(text)).kind)
    }),
  )
})

const side = fc.integer({ min: 8, max: 256 }).map((eighths) => eighths * 8)
const share = fc.double({ min: 0.01, max: 1, noNaN: true })
/** Settings by each of their names, as they should be. */
const values = {
  prompt: fc.string({ minLength: 1 }),
  enhancedPrompt: fc.string(),
  negative_prompt: fc.option(fc.string()),
  steps: fc.integer({ min: 1, max: 150 }),
  num_inference_steps: fc.integer({ min: 1, max: 150 }),
  seed: fc.option(fc.nat()),
  num_images: fc.integer({ min: 1, max: 6 }),
  denoise_strength: share,
  referenceStrength: share,
  guidance_scale: fc.integer({ min: 1, max: 30 }),
  scheduler: fc.constantFrom('unipc', 'ddim'),
  quality: fc.constantFrom('fast', 'high', 'best'),
  reference_image_url: fc.constantFrom(url, 'user-library/u/a.png', ''),
  exact_copy_mode: fc.boolean(),
  reference_mode: fc.constantFrom('copy', 'modify'),
  skip_enhancement: fc.boolean(),
  resolution: fc.tuple(side, side).map(([width, height]) => `${width}x${height}`),
  aspect_ratio: fc.constantFrom('16:9', '1:1'),
  content_type: fc.constantFrom('sfw', 'nsfw', 'image'),
  loras: fc.constantFrom([], [{ id: 'sea', strength: 1 }]),
  compel_enabled: fc.boolean(),
  compel_weights: fc.constantFrom('(sea:1.2), (Sea:1.2)', ''),
  callback_url: fc.webUrl(),
  deadline_at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
}
const settings = fc.record(values, { requiredKeys: [] })
const head = { id: 'a', user_id: 'u', type: 'sdxl_image_high' }

test('what is a job is the same job once it was written and read again', () => {
  let jobs = 0
  fc.assert(
    fc.property(settings, settings, settings, anyJson, (top, config, metadata, more) => {
      const payload = { ...top, ...head, config, metadata: { ...metadata, more } }
      const reading = readPayload(JSON.stringify(payload))
      if (reading.kind !== 'job') return
      jobs++
      const again = readPayload(writePayload(reading.job))
      expect(again).toStrictEqual({ ...reading, ignored: [] })
    }),
  )
  expect(jobs).toBeGreaterThan(70)
})

test('settings of any kind make it throw as little', () => {
  const wild = fc.dictionary(fc.constantFrom(...Object.keys(values), 'width'), anyJson)
  fc.assert(
    fc.property(wild, wild, wild, (top, config, metadata) => {
      const { kind } = readPayload(JSON.stringify({ ...top, ...head, config, metadata }))
      expect(['job', 'refused']).toContain(kind)
    }),
  )
})

test('a canonical part wins over whatever stands beside it', () => {
  const ours = JSON.parse(writePayload(todaysJob))
  const names = fc.constantFrom(...Object.keys(today), 'callback_url', 'loras', 'jobId')
  fc.assert(
    fc.property(fc.dictionary(names, anyJson), (beside) => {
      const reading = readPayload(JSON.stringify({ ...ours, ...beside }))
      expect(reading).toMatchObject({ kind: 'job', job: todaysJob })
    }),
  )
})
