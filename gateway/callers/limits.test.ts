import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Job, plan } from '#contract'
import type { Database } from '../database/database.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { insertJob } from '../store/insert-job.ts'
import type { Owner } from '../store/job-row.ts'
import type { Caller } from './caller.ts'
import { createLimits, defaultLimits, type LimitSettings } from './limits.ts'
import { memoryBuckets } from './memory-buckets.ts'
import { createUsageBook } from './usage.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const ann: Caller = { tenant: 'default', userId: 'ann', name: 'ann', scopes: [], adult: false }
const bob: Caller = { ...ann, userId: 'bob' }
const plenty: LimitSettings = { ...defaultLimits, requests: { burst: 1_000, perMinute: 60 } }

function limitsOn(database: Database, settings: Partial<LimitSettings> = {}) {
  const time = { now: NOON }
  const asked: string[] = []
  const sql: Pick<Database, 'query'> = {
    query(text, values) {
      asked.push(text)
      return database.query(text, values)
    },
  }
  const limits = createLimits({
    buckets: memoryBuckets(() => time.now),
    usage: createUsageBook(sql, {
      countsDays: settings.imagesPerDay !== undefined,
      now: () => time.now,
    }),
    settings: { ...plenty, ...settings },
    now: () => time.now,
  })
  return { time, asked, limits }
}

async function insert(database: Database, { tenant, userId }: Owner, images = 1): Promise<string> {
  const id = randomUUID()
  const asked = { prompt: 'a cat', images }
  const job: Job = {
    ...{ id, source: 'gateway', mode: 'txt2img', asked, loras: [], userId },
    ...{ contentMode: 'sfw', enhance: false, metadata: {} },
  }
  await insertJob(database, {
    ...{ tenant, userId, job, planned: plan('txt2img', asked, 1), class: 'txt2img', surface: 'v1' },
    ...{ provider: 'local-sdxl', notes: [], attemptId: randomUUID() },
  })
  return id
}

/** Finished, and charged at that time. */
async function finish(database: Database, id: string, at: number, images = 1): Promise<void> {
  await database.query(`update i2i.jobs set status = 'completed' where id = $1`, [id])
  await database.query(`update i2i.attempts set state = 'won' where job_id = $1`, [id])
  await database.query(
    `insert into i2i.charges (job_id, attempt_id, tenant, user_id, images, created_at)
     select id, attempt_id, tenant, user_id, $2::int, $3::timestamptz from i2i.jobs where id = $1`,
    [id, images, new Date(at)],
  )
}

describe('how often', () => {
  const none: Pick<Database, 'query'> = {
    query: async () => {
      throw new Error('nothing is to be counted for this')
    },
  }
  const settings = { ...defaultLimits, requests: { burst: 3, perMinute: 6 } }

  it('a caller may ask is told with each answer, and when it is too much how long to wait', async () => {
    let now = NOON
    const parts = {
      buckets: memoryBuckets(() => now),
      usage: createUsageBook(none, { countsDays: true }),
      settings,
    }
    const limits = createLimits(parts)
    const first = await limits.check(ann, 0)
    expect(first).toEqual({
      ok: true,
      retryAfterMs: 0,
      headers: {
        'RateLimit-Limit': '3',
        'RateLimit-Remaining': '2',
        'RateLimit-Reset': '10',
        'RateLimit-Policy': '6;w=60;burst=3',
      },
    })
    await limits.check(ann, 0)
    await limits.check(ann, 0)
    now += 2_500
    const refused = await limits.check(ann, 1)
    expect(refused).toMatchObject({ ok: false, retryAfterMs: 7_500 })
    expect(refused.headers).toMatchObject({ 'RateLimit-Remaining': '0', 'Retry-After': '8' })
    expect(refused.failure).toMatchObject({ code: 'rate-limited', cause: { atLeastMs: 7_500 } })
    expect((await limits.check(bob, 0)).ok).toBe(true)
    now += 7_500
    expect((await limits.check(ann, 0)).ok).toBe(true)
  })

  it('an address may ask is one for all that is behind it', async () => {
    const addresses = { burst: 2, perMinute: 60 }
    const parts = {
      buckets: memoryBuckets(() => NOON),
      usage: createUsageBook(none, { countsDays: true }),
    }
    const limits = createLimits({ ...parts, settings: { ...settings, addresses } })
    expect((await limits.checkAddress('2001:db8::1')).ok).toBe(true)
    expect((await limits.checkAddress('2001:db8::2')).ok).toBe(true)
    expect((await limits.checkAddress('2001:db8::3')).failure?.code).toBe('rate-limited')
    expect((await limits.checkAddress('2001:db8:0:1::3')).ok).toBe(true)
    expect((await limits.checkAddress(undefined)).ok).toBe(true)
    expect((await limits.check(ann, 0)).ok).toBe(true)
  })
})

describe.for(testDatabases)('how much, on $kind', ({ missing, open }) => {
  it.skipIf(missing)(
    'at a time: jobs that are over make place, and others’ count for others',
    async () => {
      await using database = await open()
      const { limits, time } = limitsOn(database, { openJobs: 2 })
      const ids = [await insert(database, ann), await insert(database, ann)]
      expect(await limits.check(ann, 1)).toMatchObject({
        ok: false,
        retryAfterMs: 2_000,
        failure: { code: 'rate-limited', message: expect.stringContaining('unfinished jobs (2)') },
      })
      expect((await limits.check(bob, 1)).ok).toBe(true)
      expect((await limits.check(ann, 0)).ok).toBe(true)
      await finish(database, ids[0] ?? '', NOON)
      // A refusal never rests on an old count.
      time.now += 101
      expect((await limits.check(ann, 1)).ok).toBe(true)
    },
  )

  it.skipIf(missing)('at a time: of fifty at once as many as there is place for', async () => {
    await using database = await open()
    const { limits, asked } = limitsOn(database, { openJobs: 7 })
    await insert(database, ann)
    const answers = await Promise.all(Array.from({ length: 50 }, () => limits.check(ann, 1)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(6)
    expect(asked.length).toBeLessThan(5)
  })

  it.skipIf(missing)(
    'at a time: callers who ask together are counted for together, each by their own',
    async () => {
      await using database = await open()
      const { limits, asked } = limitsOn(database, { openJobs: 2 })
      for (const owner of [ann, ann, bob, { ...ann, tenant: 'another' }])
        await insert(database, owner)
      const callers = [ann, bob, { ...ann, tenant: 'another' }, { ...ann, userId: 'carl' }]
      const answers = await Promise.all(callers.map((caller) => limits.check(caller, 1)))
      expect(answers.map(({ ok }) => ok)).toEqual([false, true, true, true])
      expect(asked.filter((text) => text.includes('openJobs'))).toHaveLength(1)
    },
  )

  it.skipIf(missing)('at a time: a second of requests is counted once', async () => {
    await using database = await open()
    const { limits, asked, time } = limitsOn(database)
    for (let i = 0; i < 50; i++) {
      time.now += 19
      expect((await limits.check(ann, 1)).ok).toBe(true)
    }
    expect(asked).toHaveLength(2)
  })

  it.skipIf(missing)(
    'a day: finished today and under way, to the last image, until midnight',
    async () => {
      await using database = await open()
      const { limits, time } = limitsOn(database, { imagesPerDay: 10 })
      const midnight = Date.UTC(2026, 10, 23)
      await finish(database, await insert(database, ann, 6), midnight - 1, 6)
      await finish(database, await insert(database, ann, 4), midnight, 4)
      await insert(database, ann, 3)
      await finish(database, await insert(database, bob, 6), NOON, 6)
      const refused = await limits.check(ann, 4)
      expect(refused.failure).toMatchObject({
        code: 'quota-exceeded',
        message:
          'You asked for 4 images, and 3 of your 10 a day are left. The day ends at midnight UTC.',
      })
      expect(refused.retryAfterMs).toBe(12 * 3_600_000)
      expect((await limits.check(ann, 3)).ok).toBe(true)
      expect((await limits.check(ann, 1)).ok).toBe(false)
      // Tomorrow what is under way still counts, and what was finished does not.
      time.now += 12 * 3_600_000
      expect((await limits.check(ann, 7)).ok).toBe(true)
      expect((await limits.check(ann, 1)).ok).toBe(false)
    },
  )

  it.skipIf(missing)('a day: what was finished is not read where no day has a limit', async () => {
    await using database = await open()
    await finish(database, await insert(database, ann, 6), NOON, 6)
    await insert(database, ann, 3)
    const imagesOf = async (countsDays: boolean) =>
      (await createUsageBook(database, { countsDays, now: () => NOON }).of(ann)).images
    expect([await imagesOf(true), await imagesOf(false)]).toEqual([9, 3])
  })

  it.skipIf(missing)('in all: a line that is full is full for everybody', async () => {
    await using database = await open()
    const { limits, time } = limitsOn(database, { waitingJobs: 2 })
    const first = await insert(database, ann)
    await insert(database, bob)
    const refused = await limits.check(ann, 1)
    expect(refused).toMatchObject({ ok: false, retryAfterMs: 10_000 })
    expect(refused.failure?.code).toBe('queue-full')
    await finish(database, first, NOON)
    time.now += 2_000
    expect((await limits.check(ann, 1)).ok).toBe(true)
  })
})
