import { expect, test } from 'vitest'
import { createDeadlines } from './deadlines.ts'

test('a stage that was never seen to end may take a quarter of an hour', () => {
  expect(createDeadlines().of('load unet')).toBe(15 * 60_000)
})

test('a stage may take ten times the slowest that was seen, and a minute at least', () => {
  const deadlines = createDeadlines()
  deadlines.took('denoise', 9_000)
  deadlines.took('denoise', 200)
  deadlines.took('decode', 200)
  expect(deadlines.of('denoise')).toBe(90_000)
  expect(deadlines.of('decode')).toBe(60_000)
  expect(deadlines.of('encode')).toBe(15 * 60_000)
})

test('there is a longest, beyond which nothing goes on: the first time of a stage, or ten times the slowest', () => {
  const deadlines = createDeadlines({ first: 60_000, least: 2_000 })
  deadlines.took('denoise', 10)
  expect(deadlines.longest()).toBe(60_000)
  deadlines.took('decode', 7_000)
  expect(deadlines.longest()).toBe(70_000)
})
