import { describe, expect, it } from 'vitest'
import { backoffMs, queueSettings } from './settings.ts'

describe('the queue’s settings', () => {
  it('refuse a wait of half a lease or more', () => {
    expect(() => queueSettings({ leaseMs: 3_000, blockMs: 1_500 })).toThrow('strands jobs')
    expect(queueSettings({ leaseMs: 3_000, blockMs: 1_499 }).blockMs).toBe(1_499)
  })

  it('refuse a wait that Redis 6.2 takes for one without end', () => {
    expect(() => queueSettings({ blockMs: 1 })).toThrow('10 ms or longer')
    expect(() => queueSettings({ blockMs: Number.NaN })).toThrow('10 ms or longer')
    expect(() => queueSettings({ leaseMs: Number.NaN })).toThrow('strands jobs')
  })

  it('refuse names that are patterns or hash tags', () => {
    for (const name of ['', 'a*', '{a}', 'a b']) {
      expect(() => queueSettings({ name })).toThrow('name')
    }
  })
})

describe('a backoff', () => {
  const backoff = { baseMs: 1_000, mostMs: 60_000 }

  it('doubles up to its most, and is anything below', () => {
    expect([0, 1, 5, 6, 40].map((attempts) => backoffMs(attempts, backoff, () => 1))).toEqual([
      1_000, 2_000, 32_000, 60_000, 60_000,
    ])
    expect(backoffMs(6, backoff, () => 0)).toBe(0)
    expect(backoffMs(6, backoff, () => 0.25)).toBe(15_000)
  })
})
