import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { BIG_G_PAD, loadClipTokenizer } from './clip.ts'
import { readClipFiles } from './clip-files.ts'
import { loadTokenCounter } from './clip-token-count.ts'
import golden from './goldens/clip-ids.json' with { type: 'json' }
import { mergedLength } from './merged-length.ts'

const count = loadTokenCounter()
const encoders = [loadClipTokenizer(), loadClipTokenizer({ pad: BIG_G_PAD })]
const { merges } = z
  .object({ merges: z.array(z.string()) })
  .parse(readClipFiles(undefined).json.model)
const published = new Map(merges.map((pair, rank) => [pair, rank]))
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

test('a word of ten thousand letters takes no longer, letter for letter, than one of a thousand', () => {
  const word = (length: number) =>
    fc.sample(
      fc.string({
        unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
        minLength: length,
        maxLength: length,
      }),
      { numRuns: 1, seed: length },
    )
  const [short = '', long = ''] = [...word(1_000), ...word(10_000)]
  expect(count(long)).toBe(most(long))
  const lookUps = (text: string) => {
    let asked = 0
    const ranks = {
      get: (pair: string) => {
        asked++
        return published.get(pair)
      },
    }
    mergedLength([...text], ranks)
    return asked
  }
  expect(lookUps(long)).toBeLessThan(lookUps(short) * 15)
})

test('a word that was counted keeps nothing of the prompt that it stood in', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const kept = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = kept()
  for (let i = 0; i < 2_000; i++) {
    const word = [...String(10_000 + i)].map((digit) => 'qwertyuiop'[Number(digit)]).join('')
    count(`superlongword${word} ${'a cat '.repeat(1_600)}`)
  }
  // The prompts are 19 MB.
  expect(kept() - before).toBeLessThan(8e6)
})
