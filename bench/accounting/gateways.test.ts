import { describe, expect, it } from 'vitest'
import { privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { postgresMissing } from '../../gateway/database/private-postgres.case.ts'
import { account } from './accounting.ts'

const JOBS = 75

describe.skipIf(privateRedisMissing || postgresMissing)('gateways and a Postgres that fail', () => {
  it('lose no job that was acknowledged, finish none twice, and charge for none twice', async () => {
    const states: string[] = []
    const { kills, poison, pushed, asked, forgotten } = await account({
      jobs: JOBS,
      gateways: { jobs: JOBS, empties: false },
      seed: 5,
      signal: AbortSignal.timeout(480_000),
      watch: { state: (text) => states.push(text), progress: () => {} },
    })
    const all = { acknowledged: JOBS, completedOnce: JOBS, lost: 0, finishedTwice: 0 }
    expect(asked).toEqual({ ...all, chargedTwice: 0, open: 0 })
    expect(pushed).toEqual({ ...all, dead: poison })
    expect(forgotten).toBe(0)
    expect(kills).toMatchObject({ redis: 3, database: 3 })
    expect(kills.gateways).toBeGreaterThan(1)
  }, 490_000)
})
