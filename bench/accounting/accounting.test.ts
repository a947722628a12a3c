import { describe, expect, it } from 'vitest'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { account } from './accounting.ts'

const JOBS = 500

describe.skipIf(privateRedisMissing)('workers, Redis and links that fail', () => {
  it('lose no job that was acknowledged, and finish none twice (F1, F4)', async () => {
    const states: string[] = []
    const { kills, poison, felt, forgotten, pushed } = await account({
      jobs: JOBS,
      seed: 4,
      signal: AbortSignal.timeout(480_000),
      watch: { state: (text) => states.push(text), progress: () => {} },
    })
    expect(pushed).toEqual({
      acknowledged: JOBS,
      completedOnce: JOBS,
      lost: 0,
      finishedTwice: 0,
      dead: poison,
    })
    expect(forgotten).toBe(0)
    expect(poison).toBe(2)
    expect(kills.workers).toBeGreaterThan(3)
    expect(states.filter((state) => state.startsWith('Redis killed'))).toHaveLength(3)
    expect(felt.takenOver).toBeGreaterThan(0)
  }, 490_000)
})
