import { describe, expect, it } from 'vitest'
import { median, summary } from './statistics.ts'

describe('median', () => {
  it('is the middle of an odd number of values, in whatever order they came', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('lies halfway between the two in the middle of an even number', () => {
    expect(median([10, 2, 4, 100])).toBe(7)
  })

  it('orders numbers by size and not by their digits', () => {
    expect(median([100, 20, 3])).toBe(20)
  })

  it('refuses to be taken of nothing', () => {
    expect(() => median([])).toThrow('no values')
  })
})

describe('summary', () => {
  it('keeps the extremes, which a median hides', () => {
    expect(summary([5, 4, 40])).toEqual({ median: 5, least: 4, most: 40 })
  })
})
