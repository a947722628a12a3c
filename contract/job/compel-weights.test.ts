import { expect, test } from 'vitest'
import { compelTerms } from './compel-weights.ts'

test.each([
  ['(soft light:1.2), (grain:0.8)', '(soft light)1.2, (grain)0.8'],
  ['(soft light:1.2), grain, (Soft Light:1.2)', '(soft light)1.2, grain'],
  [' , ,(sea: .5 )', '(sea).5'],
  ['a, b, c, d, e, f, g', 'a, b, c, d, e, f'],
  ['(16:9 screen:1.1)', '(16:9 screen)1.1'],
  ['(sea)1.2', '(sea)1.2'],
  ['', ''],
])('%j is %j', (weights, terms) => {
  expect(compelTerms(weights)).toBe(terms)
})

test('a term of any length is read in a time that grows with it', () => {
  const digits = `(sea:${'1'.repeat(100_000)}x)`
  const before = process.cpuUsage()
  expect(compelTerms(digits)).toBe(digits)
  // It was seconds, and grew with the square.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500)
})
