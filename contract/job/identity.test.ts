import { expect, test } from 'vitest'
import { identify } from './identity.ts'
import { readPayload } from './read-payload.ts'

const made = () => 'made'
const nameless = { job_type: 'sdxl_image_high', prompt: 'a cat', metadata: { seed: 3 } }

test.each([
  ['{"id":"a","job_id":"b","jobId":"c"}', 'a'],
  ['{"job_id":"b","jobId":"c"}', 'b'],
  ['{"jobId":"c"}', 'c'],
  ['{"id":"","job_id":"b"}', 'b'],
  ['{"id":42}', '42'],
  ['{"id":"a","i2i":{"v":1,"id":"d"}}', 'd'],
  ['["{\\"id\\":\\"a\\"}"]', 'a'],
])('%s is the job %s, and stays as it was pushed', (element, id) => {
  expect(identify(element, made)).toEqual({ id, normalised: element })
})

test('an element without an id is given one, and is then read as any other', () => {
  const identified = identify(JSON.stringify([JSON.stringify(nameless)]), made)
  expect(identified).toEqual({
    id: 'made',
    normalised: JSON.stringify({ ...nameless, job_id: 'made' }),
  })
  expect(readPayload(identified?.normalised ?? '')).toMatchObject({
    kind: 'job',
    job: { id: 'made', asked: { prompt: 'a cat', seed: 3 } },
  })
})

test.each([
  ['no JSON', 'a cat'],
  ['an id that will not do', '{"id":"../a"}'],
  ['dots for an id', '{"id":".."}'],
  ['no id and a key that would hurt', '{"__proto__":{"a":1}}'],
  ['no id and no room for one', JSON.stringify({ prompt: 'x'.repeat(262_144 - 15) })],
])('%s belongs to nobody', (_, raw) => {
  expect(identify(raw, made)).toBeUndefined()
})

test('what an object inherits is no id', () => {
  expect(identify('{"i2i":{}}', made)).toEqual({
    id: 'made',
    normalised: '{"i2i":{},"job_id":"made"}',
  })
})

test.each([
  ['gateway', 'gateway'],
  ['foreign', undefined],
])('an element whose canonical part says %s is owned by %s', (source, owner) => {
  const element = JSON.stringify({ id: 'a', source: 'gateway', i2i: { v: 1, id: 'a', source } })
  expect(identify(element, made)?.owner).toBe(owner)
})
