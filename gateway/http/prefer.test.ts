import { expect, it } from 'vitest'
import { waitSeconds } from './prefer.ts'

it.each([
  ['wait=10', 10],
  ['respond-async, wait=10', 10],
  ['WAIT="5"; foo=bar', 5],
  ['wait=600', 55],
  ['wait=0', 0],
  ['wait=soon', undefined],
  ['wait=-1', undefined],
  ['await=3', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads %s', (header, seconds) => {
  expect(waitSeconds(header)).toBe(seconds)
})
