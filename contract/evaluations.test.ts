import { expect, test } from 'vitest'
import { evaluations, firstStep } from './evaluations.ts'

test.each([
  [25, 0.5, 12],
  [25, 0.3, 7],
  [15, 0.05, 1],
  [15, 0.01, 1],
  [15, 0.07, 1],
  [50, 0.58, 28],
  [90, 0.7, 62],
  [100, 0.29, 28],
  [1, 0.5, 1],
  [25, 1, 25],
  [25, 1.5, 25],
])('%i steps at %f evaluate %i times, as diffusers does where it runs', (steps, denoise, count) => {
  expect(evaluations(steps, denoise)).toBe(count)
  expect(firstStep(steps, denoise)).toBe(steps - count)
})

test('a strength that is one minus a reference strength counts as the decimal that was meant', () => {
  expect(1 - 0.8).toBeLessThan(0.2)
  expect(evaluations(25, 1 - 0.8)).toBe(5)
  expect(evaluations(10, 1 - 0.9)).toBe(1)
})
