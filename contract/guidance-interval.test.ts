import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluations } from './evaluations.ts'
import { guidedEvaluations, isGuidedStep, WHOLE_SCHEDULE } from './guidance-interval.ts'

test.each([
  [6, 10, [0, 0.6], false],
  [5, 10, [0, 0.6], true],
  [6, 10, [0.6, 1], true],
  [0, 10, [0, 0.05], true],
  [9, 10, WHOLE_SCHEDULE, true],
  [7, 25, [0.28, 0.29], true],
] as const)('step %i of %i is within %j: %s', (step, steps, interval, isGuided) => {
  expect(isGuidedStep(step, steps, interval)).toBe(isGuided)
})

test('two intervals that meet guide each evaluation once', () => {
  const share = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 150 }), share, share, (steps, denoise, at) => {
      const [before, after] = [[0, at] as const, [at, 1] as const]
      const both =
        guidedEvaluations(steps, denoise, before) + guidedEvaluations(steps, denoise, after)
      expect(both).toBe(evaluations(steps, denoise))
    }),
  )
})
