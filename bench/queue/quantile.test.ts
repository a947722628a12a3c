import { expect, it } from 'vitest'
import { quantile } from './quantile.ts'

it('is a value that was measured, below which that share of them lies', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 999 - i)
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 0.999)]).toEqual([
    500, 990, 999,
  ])
  expect(quantile([7], 0.999)).toBe(7)
})

it('refuses to say anything of nothing', () => {
  expect(() => quantile([], 0.5)).toThrow('no values')
})
