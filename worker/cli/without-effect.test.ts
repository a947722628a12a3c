import { expect, test } from 'vitest'
import { withoutEffect } from './without-effect.ts'

const unguided = { networkRuns: 12, evaluations: 12 }

test('a negative prompt where nothing was guided is told, an empty one too', () => {
  const sentence = 'No evaluation was guided, so that --negative did nothing.'
  expect(withoutEffect({ negative: 'dogs' }, unguided)).toBe(sentence)
  expect(withoutEffect({ negative: '' }, unguided)).toBe(sentence)
})

test('an interval into which no evaluation fell is told with it', () => {
  expect(withoutEffect({ negative: 'dogs', 'guidance-interval': '0-0.4' }, unguided)).toBe(
    'No evaluation was guided, so that --guidance-interval, --negative did nothing.',
  )
})

test('nothing is told where one evaluation was guided, or nothing was asked', () => {
  const asked = { negative: 'dogs', 'guidance-interval': '0-0.6' }
  expect(withoutEffect(asked, { networkRuns: 13, evaluations: 12 })).toBeUndefined()
  expect(withoutEffect({ guidance: '1' }, unguided)).toBeUndefined()
})
