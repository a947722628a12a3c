import { expect, it } from 'vitest'
import { alternate } from './alternate.ts'

it('runs every second round backwards, so that each subject follows each', () => {
  expect(alternate(['A', 'B'], 4).join(' ')).toBe('A B B A A B B A')
  expect(alternate(['A', 'B', 'C'], 2).join(' ')).toBe('A B C C B A')
})
