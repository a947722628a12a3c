import { expect, test } from 'vitest'
import { placesOf, refOf } from './request-ref.ts'

const root = new URL('https://queue.fal.run/')
const app = 'fal-ai/bytedance/seedream/v4/edit'
const id = '764cabcf-b745-4b3e-ae38-1200304cf45b'
const at = `https://queue.fal.run/fal-ai/bytedance/requests/${id}`
const usual = { response_url: at, status_url: `${at}/status`, cancel_url: `${at}/cancel` }
const documented = `fal-ai/bytedance/requests/${id}`

test('the addresses that fal.ai gives are one short name', () => {
  expect(refOf({ request_id: id, ...usual }, { root, app })).toBe(documented)
  expect(placesOf(documented)).toEqual([
    { result: documented, status: `${documented}/status`, cancel: `${documented}/cancel` },
  ])
})

test('addresses that are not as documented are kept, each', () => {
  const unusual = { ...usual, response_url: `${at}/response`, status_url: `${at}/status?logs=0` }
  const ref = refOf({ request_id: id, ...unusual }, { root, app })
  expect(placesOf(ref)).toEqual([
    {
      result: `${documented}/response`,
      status: `${documented}/status?logs=0`,
      cancel: `${documented}/cancel`,
    },
  ])
})

test.each([
  ['another host', at.replace('queue.fal.run', 'queue.fal.run.evil.example')],
  ['another port', at.replace('queue.fal.run', 'queue.fal.run:8443')],
  ['a name and a password', at.replace('https://', 'https://a:b@')],
  ['another scheme', at.replace('https:', 'http:')],
  ['nothing', 'https://queue.fal.run/'],
  ['no address', 'fal-ai'],
  ['an address within', 'https://queue.fal.run///evil.example/x'],
  ['a whole address within', 'https://queue.fal.run/https://evil.example/x'],
  ['null', null],
])('%s is not followed: it is where it is documented', (_, response_url) => {
  expect(refOf({ request_id: id, ...usual, response_url }, { root, app })).toBe(documented)
})

test('an id alone, as of a webhook, is looked for at every app', () => {
  expect(placesOf(id).map(({ result }) => result)).toEqual([
    `fal-ai/fast-sdxl/requests/${id}`,
    `fal-ai/bytedance/requests/${id}`,
  ])
})
