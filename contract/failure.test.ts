import { expect, test } from 'vitest'
import { Failure, messageOf } from './failure.ts'

test.each([
  ['request-invalid', 'user', false],
  ['image-unreadable', 'user', false],
  ['checkpoint-invalid', 'operator', false],
  ['device-unavailable', 'operator', false],
  ['out-of-memory', 'us', true],
  ['engine-crashed', 'us', true],
  ['engine-hung', 'us', true],
  ['cancelled', 'user', false],
  ['internal', 'us', false],
] as const)('%s is the fault of %s; whether to try again: %s', (code, fault, retryable) => {
  const cause = new Error('beneath')
  const failure = new Failure(code, 'what happened, and the mend', { cause })
  expect(failure).toMatchObject({ name: 'Failure', code, fault, retryable, cause })
  expect(failure).toBeInstanceOf(Error)
  expect(failure.message).toBe('what happened, and the mend')
})

test('whatever is thrown says something of itself', () => {
  expect(messageOf(new Error('no'))).toBe('no')
  expect(messageOf('text')).toBe('text')
  expect(messageOf(undefined)).toBe('undefined')
})
