import { expect, test } from 'vitest'
import { refusalOfFal } from './refusal.ts'

const answer = (status: number, json: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  json,
  text: JSON.stringify(json),
})
const ofModel = (type: string, msg = 'x') => ({ detail: [{ loc: ['body'], msg, type }] })
const ofPlatform = (type: string) => ({ detail: 'x', error_type: type })

test.each<[string, ReturnType<typeof answer>, string]>([
  ['content', answer(422, ofModel('content_policy_violation')), 'provider-refused-content'],
  [
    'content in a model’s words',
    answer(422, ofModel('no_media_generated', 'unsafe content')),
    'provider-refused-content',
  ],
  ['no media', answer(422, ofModel('no_media_generated')), 'provider-failed'],
  ['a large picture', answer(422, ofModel('image_too_large')), 'provider-failed'],
  ['a small picture', answer(422, ofModel('image_too_small')), 'provider-failed'],
  ['a format', answer(422, ofModel('unsupported_image_format')), 'provider-failed'],
  ['a download', answer(422, ofModel('file_download_error')), 'provider-unavailable'],
  ['a missing field', answer(422, ofModel('missing')), 'provider-failed'],
  ['words alone', answer(422, { detail: 'Some words' }), 'provider-failed'],
  ['nothing at all', answer(422, undefined), 'provider-failed'],
  ['request_timeout', answer(504, ofPlatform('request_timeout')), 'provider-unavailable'],
  ['startup_timeout', answer(504, ofPlatform('startup_timeout')), 'provider-unavailable'],
  ['scheduling', answer(503, ofPlatform('runner_scheduling_failure')), 'provider-unavailable'],
  [
    'a type in the header alone',
    answer(500, undefined, { 'x-fal-error-type': 'runner_disconnected' }),
    'provider-unavailable',
  ],
  ['a bad request', answer(400, ofPlatform('bad_request')), 'provider-failed'],
  ['a 500 of a model', answer(500, ofModel('internal_server_error')), 'provider-unavailable'],
  [
    'a 500 that is final',
    answer(500, ofModel('internal_server_error'), { 'x-fal-retryable': 'false' }),
    'provider-failed',
  ],
  [
    'a 500 that is final, by the header of before',
    answer(500, { detail: 'x' }, { 'x-fal-needs-retry': '0' }),
    'provider-failed',
  ],
  [
    'a 4xx worth another try',
    answer(400, { detail: 'x' }, { 'x-fal-needs-retry': '1' }),
    'provider-unavailable',
  ],
  [
    'our own timeout',
    answer(504, ofPlatform('request_timeout'), { 'x-fal-request-timeout-type': 'user' }),
    'deadline-expired',
  ],
  ['our key', answer(401, ofPlatform('auth_error')), 'provider-denied'],
  ['our account', answer(403, { detail: 'User is locked.' }), 'provider-denied'],
  ['our rate', answer(429, { detail: 'x' }, { 'x-fal-retryable': 'false' }), 'provider-throttled'],
  ['a page of a proxy', answer(502, undefined), 'provider-unavailable'],
])('%s', (_, refused, code) => {
  expect(refusalOfFal(refused, 0)).toMatchObject({ code })
})

test('what was asked is not taken for what was said of it', () => {
  const input = { prompt: 'NSFW, flagged as sensitive content' }
  const detail = [{ loc: ['body', 'strength'], msg: 'Too small', type: 'greater_than', input }]
  expect(refusalOfFal(answer(422, { detail }), 0)).toMatchObject({ code: 'provider-failed' })
})

test('no words of theirs are passed on, their known types are', () => {
  const told = refusalOfFal(answer(422, ofModel('image_too_large', 'my secret prompt')), 0)
  expect(told.message).toBe('fal.ai does not take the reference (image_too_large).')
  const odd = refusalOfFal(answer(400, ofModel('my secret prompt')), 0)
  expect(odd.message).not.toMatch('secret')
})
