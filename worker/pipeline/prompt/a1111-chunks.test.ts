import { expect, test } from 'vitest'
import { inChunks } from './a1111-chunks.ts'

const COMMA = 0
const token = (id: number) => ({ id, weight: 1 })
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => token(from + at))
const lengths = (tokens: Parameters<typeof inChunks>[0]) =>
  inChunks(tokens, COMMA, 75).map((chunk) => chunk.length)

test('75 tokens are one window, one more opens the next, none is one empty window', () => {
  expect(lengths(ids(1, 76))).toEqual([75])
  expect(lengths(ids(1, 77))).toEqual([75, 1])
  expect(lengths([])).toEqual([0])
})

test('a phrase that does not fit moves to the next window whole, if it began within 20 tokens', () => {
  const phrase = (start: number) => [...ids(1, start), token(COMMA), ...ids(start + 1, 80)]
  // The comma is token 60: 14 tokens behind it, and those past the 75th, move on.
  expect(lengths(phrase(60))).toEqual([60, 19])
  // At index 55 it is 20 tokens back and counts; at 54 it does not.
  expect(lengths(phrase(56))).toEqual([56, 23])
  expect(lengths(phrase(55))).toEqual([75, 4])
})

test('order is kept and nothing is lost', () => {
  const tokens = Array.from({ length: 400 }, (_, at) => token(at % 13))
  expect(inChunks(tokens, COMMA, 75).flat()).toEqual(tokens)
  expect(Math.max(...lengths(tokens))).toBeLessThanOrEqual(75)
})

test('a comma that comes as the 76th token opens the next window and moves nothing', () => {
  expect(
    lengths([...ids(1, 71), token(COMMA), ...ids(72, 76), token(COMMA), ...ids(1, 5)]),
  ).toEqual([75, 5])
})

test('a break closes the window, even an empty one', () => {
  expect(lengths([...ids(1, 4), 'break', ...ids(1, 3)])).toEqual([3, 2])
  expect(lengths(['break', 'break', token(1)])).toEqual([0, 0, 1])
  expect(lengths([token(1), 'break'])).toEqual([1])
})
