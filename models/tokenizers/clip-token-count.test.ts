import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIG_G_PAD, loadClipTokenizer } from './clip.ts'
import { loadTokenCounter } from './clip-token-count.ts'
import golden from './goldens/clip-ids.json' with { type: 'json' }

const count = loadTokenCounter()
const encoders = [loadClipTokenizer(), loadClipTokenizer({ pad: BIG_G_PAD })]
const most = (text: string) => Math.max(...encoders.map(({ encode }) => encode(text).length))

test.each(golden.cases)('$text x$times has as many tokens as in Python', (expected) => {
  const { first = [], second = first } = expected
  const ids = expected.count ?? Math.max(first.length, second.length)
  expect(count(expected.text.repeat(expected.times))).toBe(ids)
})

test('a circled capital is no letter to Unicode, and is lowered all the same', () => {
  expect(count('Ⓐ')).toBe(most('Ⓐ'))
})

test('any text has as many tokens as the encoders make of it', () => {
  const words = fc.constantFrom(
    'blurry',
    'LOW',
    "don't",
    '1girl',
    '!',
    '!!,',
    '(',
    ':1.3)',
    '<|endoftext|>',
  )
  const texts = fc.array(fc.oneof(words, fc.string({ unit: 'grapheme', maxLength: 12 })), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(texts, fc.constantFrom('', ' ', ', '), (parts, between) => {
      const text = parts.join(between)
      expect(count(text)).toBe(most(text))
    }),
    { numRuns: 200 },
  )
})
