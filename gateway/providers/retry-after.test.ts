import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { atLeastMs, throttled } from './retry-after.ts'

const now = Date.parse('2026-11-23T08:00:00Z')
const answer = (retryAfter: string | undefined, text = '') => ({
  status: 429,
  headers: { 'retry-after': retryAfter },
  text,
  json: undefined,
})

test.each<[string, string | undefined, string, number]>([
  ['seconds in the header', '7', '', 7_000],
  ['parts of a second', '0.5', '', 500],
  ['a date in the header', 'Mon, 23 Nov 2026 08:01:30 GMT', '', 90_000],
  ['a date that is over', 'Mon, 23 Nov 2026 07:00:00 GMT', '', 0],
  ['the header before the words', '7', 'resets in ~30s', 7_000],
  ['words of today', undefined, 'Your rate limit resets in ~30s.', 30_000],
  ['words of before', undefined, 'Expected available in 12 seconds.', 12_000],
  ['minutes', undefined, 'Try again after 2 minutes', 120_000],
  ['milliseconds', undefined, 'available in 250 ms', 250],
  ['a header that is none, and words', 'soon', 'resets in ~3s', 3_000],
  ['an hour, which is cut', '3600', '', 600_000],
  ['nothing', undefined, 'Request was throttled', 0],
])('a wait is read from %s', (_, header, text, wait) => {
  const failure = throttled('Replicate', answer(header, text), now)
  expect(failure.code).toBe('provider-throttled')
  expect(atLeastMs(failure)).toBe(wait)
})

test('a failure that says nothing of a wait asks for none', () => {
  expect(atLeastMs(new Failure('provider-unavailable', 'x', { cause: new Error('y') }))).toBe(0)
  expect(atLeastMs(new Error('x'))).toBe(0)
})
