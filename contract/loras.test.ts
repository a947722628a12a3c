import { expect, test } from 'vitest'
import { readLoras } from './loras.ts'

test('a job may ask for none, or for several with strengths of their own', () => {
  expect([readLoras(undefined), readLoras(null), readLoras([])]).toEqual([[], [], []])
  const asked = [{ id: 'sea', strength: -0.5 }, { id: 'lightning-8.v1_b' }]
  expect(readLoras(asked)).toEqual(asked)
})

test('every problem is named with its place', () => {
  const asked = [{ id: '../sea' }, { id: 'b', strength: 2.01 }, { id: 'c', weight: 1 }, {}]
  expect(() => readLoras(asked)).toThrow(
    'loras.0.id must be 1 to 64 of the lower-case letters, digits and the signs . _ -; ' +
      'loras.1.strength must be a number from -2 to 2; ' +
      'loras.2 has no such setting: weight; ' +
      'loras.3.id must be a text.',
  )
})

test.each([
  ['sea', 'loras must be a list of at most 8'],
  [Array.from({ length: 9 }, (_, i) => ({ id: `${i}` })), 'loras must be a list of at most 8'],
  [['sea'], 'loras.0 must be {"id": "…"}.'],
  [[{ id: 'a' }, { id: 'b' }, { id: 'a' }], 'loras must name each LoRA once.'],
  [[{ id: 'a', strength: Number.NaN }], 'loras.0.strength must be a number from -2 to 2.'],
  [[{ id: '' }], 'loras.0.id must be 1 to 64'],
])('%j is refused', (asked, sentence) => {
  expect(() => readLoras(asked)).toThrow(
    expect.objectContaining({
      code: 'request-invalid',
      message: expect.stringContaining(sentence),
    }),
  )
})
