import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure, plan } from '#contract'
import type { Database, Sql } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { toJob } from '../requests/to-job.ts'
import { createFindJob } from './find-jobs.ts'
import { createInsertJob, type Inserted, type InsertJob, type NewJob } from './insert-job.ts'

describe.for(databasesHere)('jobs inserted together on $kind', ({ open }) => {
  let database: Database
  let statements: number
  let insert: InsertJob
  beforeEach(async () => {
    database = await open({ connections: 4 })
    statements = 0
    insert = createInsertJob(counted(database))
  })
  afterEach(() => database[Symbol.asyncDispose]())

  const counted = (sql: Sql): Sql => ({
    query: (text, values) => {
      statements++
      return sql.query(text, values)
    },
  })
  const countOf = async (table: 'jobs' | 'attempts' | 'idempotency_keys') => {
    const [row] = await database.query<{ n: number }>(`select count(*)::int as n from i2i.${table}`)
    return row?.n
  }

  it('are one statement, each with its attempt, as each was given', async () => {
    const jobs = [newJob('anna'), newJob('ben', { deadline_ms: 60_000 }), newJob('anna')]
    const inserted = await Promise.all(jobs.map(insert))
    expect(statements).toBe(1)
    expect(inserted.map(({ kind, id }) => [kind, id])).toEqual(
      jobs.map(({ job }) => ['inserted', job.id]),
    )
    const find = createFindJob(database)
    for (const { tenant, userId, job, planned, attemptId, notes } of jobs) {
      const deadlineAt = job.deadlineAt === undefined ? null : new Date(job.deadlineAt)
      const row = await find(job.id, { tenant, userId })
      expect(row).toMatchObject({ id: job.id, userId, attemptId, notes, deadlineAt, surface: 'v1' })
      expect([row?.job, row?.planned]).toEqual([job, planned])
    }
    expect(await countOf('attempts')).toBe(3)
  })

  it('under one key are one job, and another request under it is refused, the rest unharmed', async () => {
    const [first, second, other, beside] = [
      newJob('anna', {}, { key: 'k', fingerprint: 'a' }),
      newJob('anna', {}, { key: 'k', fingerprint: 'a' }),
      newJob('anna', {}, { key: 'k', fingerprint: 'b' }),
      newJob('ben', {}, { key: 'k', fingerprint: 'b' }),
    ]
    const outcomes = await Promise.all(
      [first, second, other, beside].map((job) => insert(job).catch((error: Failure) => error)),
    )
    // All were in one statement; then two asked whose the key is.
    expect(statements).toBe(3)
    expect(outcomes.map(wordOf)).toEqual([
      `inserted ${first.job.id}`,
      `replayed ${first.job.id}`,
      'idempotency-conflict',
      `inserted ${beside.job.id}`,
    ])
    expect([await countOf('jobs'), await countOf('attempts')]).toEqual([2, 2])
  })

  it('do not fall with the one among them that the database refuses', async () => {
    const known = newJob('anna')
    await insert(known)
    const good = [newJob('anna'), newJob('ben')]
    const [before, , after] = await Promise.allSettled([good[0], known, good[1]].map(insertGiven))
    expect([before?.status, after?.status]).toEqual(['fulfilled', 'fulfilled'])
    await expect(insert({ ...newJob('anna'), job: known.job })).rejects.toThrow(/duplicate|unique/)
    expect(await countOf('jobs')).toBe(3)
  })
  const insertGiven = (job: NewJob | undefined) => insert(job ?? newJob('nobody'))

  it('by two gateways under the same keys, in whatever order, are one job a key', async () => {
    const there = createInsertJob(database)
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`)
    const under = (key: string) => newJob('anna', {}, { key, fingerprint: key })
    const both = await Promise.all([
      ...keys.map((key) => insert(under(key))),
      ...keys.toReversed().map((key) => there(under(key))),
    ])
    expect(both.filter(({ kind }) => kind === 'inserted')).toHaveLength(30)
    expect([await countOf('jobs'), await countOf('idempotency_keys')]).toEqual([30, 30])
  })

  it('are refused together where the database is away, and asked for once', async () => {
    const away = new Failure('database-unavailable', 'It does not answer.')
    let asked = 0
    const insertAway = createInsertJob({
      query: async () => {
        asked++
        throw away
      },
    })
    const outcomes = await Promise.allSettled([newJob('anna'), newJob('ben')].map(insertAway))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(asked).toBe(1)
  })
})

describe.for(databasesHere)('jobs looked for together on $kind', ({ open }) => {
  it('are found by their owners alone, in one statement, each asker with its own', async () => {
    await using database = await open()
    const insert = createInsertJob(database)
    const [annas, bens] = [newJob('anna'), newJob('ben')]
    await Promise.all([insert(annas), insert(bens)])
    let statements = 0
    const find = createFindJob({
      query: (text, values) => {
        statements++
        return database.query(text, values)
      },
    })
    const [anna, ben] = [
      { tenant: 'test', userId: 'anna' },
      { tenant: 'test', userId: 'ben' },
    ]
    const rows = await Promise.all([
      find(annas.job.id, anna),
      find(annas.job.id, ben),
      find(annas.job.id, { tenant: 'another', userId: 'anna' }),
      find(bens.job.id, ben),
      find(randomUUID(), ben),
      find(annas.job.id, anna),
    ])
    const [a, b] = [annas.job.id, bens.job.id]
    expect(rows.map((row) => row?.id)).toEqual([a, undefined, undefined, b, undefined, a])
    expect(statements).toBe(1)
  })
})

const wordOf = (outcome: Inserted | Failure): string =>
  outcome instanceof Failure ? outcome.code : `${outcome.kind} ${outcome.id}`

function newJob(
  userId: string,
  asked: { readonly deadline_ms?: number } = {},
  idempotency?: NewJob['idempotency'],
): NewJob {
  const job = toJob({ prompt: 'a “cat” in\nthe snow', ...asked }, { caller: { userId } })
  return {
    ...{ tenant: 'test', userId, job, class: 'txt2img 1024x1024', surface: 'v1' },
    planned: plan(job.mode, job.asked, 7),
    ...{ provider: 'local-sdxl', notes: ['a note'], attemptId: randomUUID(), idempotency },
  }
}
