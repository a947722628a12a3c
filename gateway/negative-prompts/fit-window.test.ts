import { expect, test } from 'vitest'
import { loadTokenCounter } from '#models/tokenizers/clip-token-count.ts'
import { fitWindow, joined, WINDOW } from './fit-window.ts'

const count = loadTokenCounter()
const numbers = (n: number) => Array.from({ length: n }, (_, i) => `word ${i % 10}`)

test('terms that fill the window are all kept', () => {
  // Three tokens each with its comma, but for the last.
  const terms = numbers(25)
  expect(count(joined(terms))).toBe(WINDOW - 1)
  expect(fitWindow(terms, count)).toEqual({ kept: terms, dropped: [] })
})

test('the first term beyond the window goes, and all behind it', () => {
  const terms = [...numbers(25), 'x', 'blurry']
  expect(fitWindow(terms, count)).toEqual({ kept: numbers(25), dropped: ['x', 'blurry'] })
  expect(count(joined([...numbers(25), 'x']))).toBe(WINDOW + 1)
})

test('one term of more than a window keeps as many words as fit', () => {
  const sentence = Array.from({ length: 80 }, () => 'cat').join(' ')
  const { kept, dropped } = fitWindow([sentence, 'blurry'], count)
  expect(kept).toEqual([Array.from({ length: 75 }, () => 'cat').join(' ')])
  expect(dropped).toEqual(['cat cat cat cat cat', 'blurry'])
})

test('a word of more than a window is not kept', () => {
  const word = 'qwxz'.repeat(2_500)
  expect(fitWindow([word, 'blurry'], count)).toEqual({ kept: [], dropped: [word, 'blurry'] })
})

test('ten thousand characters are fitted in well under the time of a request', () => {
  const texts = ['a'.repeat(10_000), 'qwxzv '.repeat(1_600), '!?'.repeat(5_000), 'Σ'.repeat(10_000)]
  const lists = texts.map((text) => [text])
  lists.push(Array.from({ length: 2_500 }, (_, i) => i.toString(36)))
  const before = process.cpuUsage()
  for (const terms of lists) fitWindow(terms, count)
  expect(process.cpuUsage(before).user / 1_000 / lists.length).toBeLessThan(200)
})

test('nothing fits always', () => {
  expect(fitWindow([], count)).toEqual({ kept: [], dropped: [] })
})
