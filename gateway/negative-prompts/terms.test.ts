import { expect, test } from 'vitest'
import { termsOf, withoutRepeats } from './terms.ts'

test.each([
  ['blurry, low quality', ['blurry', 'low quality']],
  [' , blurry,, \n text ,', ['blurry', 'text']],
  ['', []],
  ['(blurry, text)1.3, logo', ['(blurry, text)1.3', 'logo']],
  ['((a, b), [c, d]), e', ['((a, b), [c, d])', 'e']],
  [String.raw`\(a, b`, [String.raw`\(a`, 'b']],
  ['a), b', ['a)', 'b']],
  ['(a, b', ['(a, b']],
])('%s is the terms %j', (text, terms) => {
  expect(termsOf(text)).toEqual(terms)
})

test.each([
  [['blurry', 'Blurry ', 'BLURRY'], ['blurry']],
  [['(blurry)1.3', 'blurry'], ['(blurry)1.3']],
  [['(blurry:1.3)', 'blurry', '((blurry))', '[blurry]'], ['(blurry:1.3)']],
  [['text++', 'text', 'text--'], ['text++']],
  [['low  quality', 'low quality'], ['low  quality']],
  [
    ['3d', '4d', '4k 2.0', '4k'],
    ['3d', '4d', '4k 2.0', '4k'],
  ],
  [
    ['((', '))', 'x'],
    ['((', '))', 'x'],
  ],
])('%j are %j', (terms, once) => {
  expect(withoutRepeats(terms)).toEqual(once)
})

test('ten thousand signs are read at once, whatever they are', () => {
  const before = process.cpuUsage()
  for (const signs of ['+', '(', ')', '(,', ')1', ':1', ': ', ' ', '\\', 'a,']) {
    withoutRepeats(termsOf(`${signs.repeat(10_000 / signs.length)}x`))
  }
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000)
})
