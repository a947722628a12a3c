import { expect, test } from 'vitest'
import { waitAfter } from './retry-schedule.ts'

test('ten attempts over three days, then none', () => {
  const waits = Array.from({ length: 11 }, (_, n) => waitAfter(n, { random: () => 0 }))
  expect(waits.slice(0, 4)).toEqual([0, 5_000, 300_000, 1_800_000])
  expect(waits[10]).toBeUndefined()
  const days = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0) / 86_400_000
  expect(days).toBeCloseTo(3.15, 1)
})

test('a receiver that names a time is not asked before it', () => {
  expect(waitAfter(1, { atLeast: 60_000, random: () => 0 })).toBe(60_000)
  expect(waitAfter(3, { atLeast: 60_000, random: () => 0 })).toBe(1_800_000)
})

test('jitter adds up to a fifth and takes nothing away', () => {
  expect(waitAfter(1, { random: () => 0.5 })).toBe(5_500)
  for (let n = 0; n < 100; n++) {
    expect(waitAfter(2)).toBeGreaterThanOrEqual(300_000)
    expect(waitAfter(2)).toBeLessThanOrEqual(360_000)
  }
})
