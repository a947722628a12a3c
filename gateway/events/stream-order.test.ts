import { expect, it } from 'vitest'
import { isAfter, isStreamId } from './stream-order.ts'

it('places in a stream are ordered as numbers', () => {
  expect(isAfter('10-0', '9-5')).toBe(true)
  expect(isAfter('1763884800000-10', '1763884800000-9')).toBe(true)
  expect(isAfter('5-1', '5-1')).toBe(false)
  expect(isAfter('4-9', '5-1')).toBe(false)
  expect(isAfter('0-1', undefined)).toBe(true)
  expect(['1-0', '1-', 'end', ' 1-1', '1-1\n'].map(isStreamId)).toEqual([
    ...[true, false, false, false, false],
  ])
})
