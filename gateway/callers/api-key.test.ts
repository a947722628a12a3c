import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashOf, isHashOf, makeApiKey, readApiKey } from './api-key.ts'
import { base62 } from './base62.ts'

const PEPPER = 'p'.repeat(32)

test('a key is its beginning, its environment, its id and 32 bytes', () => {
  const { id, text } = makeApiKey('live')
  expect(text).toMatch(/^i2i_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/)
  expect(readApiKey(text)).toEqual({ id, text })
  const texts = Array.from({ length: 500 }, () => makeApiKey('test').text)
  expect(new Set(texts).size).toBe(500)
})

test.each([
  ['', ''],
  ['cut short', 'i2i_live_Ab3dE6gH_abc'],
  ['of another house', `sk_live_Ab3dE6gH_${'a'.repeat(43)}`],
  ['with a sign too many', `i2i_live_Ab3dE6gH_${'a'.repeat(44)}`],
  ['with a line end', `i2i_live_Ab3dE6gH_${'a'.repeat(43)}\n`],
  ['with an id of signs', `i2i_live_Ab3dE6g-_${'a'.repeat(43)}`],
])('what is no key is none: %s', (_, text) => {
  expect(readApiKey(text)).toBeUndefined()
})

test('what is kept is the HMAC-SHA-256 of all of it, under the pepper', () => {
  const key = makeApiKey('live')
  const expected = createHmac('sha256', PEPPER).update(key.text).digest('hex')
  expect(hashOf(key, PEPPER)).toBe(expected)
  expect(isHashOf(key, expected, PEPPER)).toBe(true)
  expect(isHashOf(key, expected, `${PEPPER}.`)).toBe(false)
  expect(isHashOf(makeApiKey('live'), expected, PEPPER)).toBe(false)
  expect(isHashOf(key, '', PEPPER)).toBe(false)
})

test.each([
  [0, '0'.repeat(43)],
  [1, `${'0'.repeat(42)}1`],
  [62, `${'0'.repeat(41)}10`],
])('base 62 of %d has all its digits', (value, text) => {
  const bytes = Buffer.alloc(32)
  bytes[31] = value
  expect(base62(bytes)).toBe(text)
})

test('base 62 of the greatest 32 bytes has no more', () => {
  // 2^256 - 1, from Python's divmod.
  expect(base62(Buffer.alloc(32, 255))).toBe('yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1')
})
