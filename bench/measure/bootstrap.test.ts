import { describe, expect, it } from 'vitest'
import { createGenerator } from '#pipeline/random.ts'
import { ratioOfMedians } from './bootstrap.ts'

/** Timings around `centre`, a twentieth of it apart. */
const timings = (seed: number, centre: number, count = 16): number[] =>
  Array.from(createGenerator(seed).normal(count), (z) => centre * (1 + 0.05 * z))

describe('ratioOfMedians', () => {
  it('encloses the ratio of the medians', () => {
    const { ratio, low, high } = ratioOfMedians([8, 9, 10, 11, 40], [18, 19, 20, 21, 22])
    expect(ratio).toBe(0.5)
    expect(low).toBeLessThan(0.5)
    expect(high).toBeGreaterThan(0.5)
  })

  it('says the same of the same values each time', () => {
    const [a, b] = [timings(1, 100), timings(2, 100)]
    expect(ratioOfMedians(a, b)).toEqual(ratioOfMedians(a, b))
  })

  it('spans all that three scattered timings a side allow', () => {
    const { low, high } = ratioOfMedians([1, 2, 3], [1, 2, 3])
    expect([low, high]).toEqual([1 / 3, 3])
  })

  it('takes two sides of one distribution for different about once in twenty times', () => {
    const seeds = Array.from({ length: 100 }, (_, i) => 1000 + 2 * i)
    const told = seeds.filter((seed) => {
      const { low, high } = ratioOfMedians(timings(seed, 100), timings(seed + 1, 100))
      return low > 1 || high < 1
    })
    expect(told.length).toBeLessThanOrEqual(10)
  })

  it('tells a tenth apart in timings that scatter by a twentieth', () => {
    expect(ratioOfMedians(timings(1, 90), timings(2, 100)).high).toBeLessThan(1)
  })

  it('refuses to judge two timings', () => {
    expect(() => ratioOfMedians([1, 2], [1, 2, 3])).toThrow('3 values')
  })
})
