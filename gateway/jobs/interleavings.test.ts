import { expect, it } from 'vitest'
import { databasesHere, testDatabases } from '../database/test-database.case.ts'
import { inSomeOrder, liveThrough, raceForNext, seeded } from './interleaved.case.ts'
import { testGateway } from './jobs.case.ts'

/** Of a thousand lives, PGlite has the fewer, for there each takes several times as long. */
const LIVES = { pglite: 250, postgres: 750 }
const TRULY_AT_ONCE = 500
const AT_ONCE = 20
const TIMEOUT_MS = 180_000

type Ended = Awaited<ReturnType<typeof liveThrough>>

/** One winner, one charge, one callback; and no charge without a picture. */
function expectOneEnd({ id, book }: Ended, seed: number): void {
  const isCompleted = book?.status === 'completed'
  const times = isCompleted ? 1 : 0
  expect({ id, seed, ...book }).toEqual({
    ...{ id, seed, status: expect.stringMatching(/^(completed|failed|cancelled)$/) },
    ...{ won: times, charges: times, callbacks: 1, open: 0 },
  })
}

it.for(databasesHere)(
  'whatever ends a job first is its one end, one question after the other on $kind (A22)',
  { timeout: TIMEOUT_MS },
  async ({ kind, open }) => {
    await using database = await open()
    await using made = await testGateway(database)
    const ends = new Map<string | undefined, number>()
    for (let seed = 1; seed <= LIVES[kind]; seed++) {
      const random = seeded(seed)
      const ended = await liveThrough(made, inSomeOrder(database, random), random)
      expectOneEnd(ended, seed)
      ends.set(ended.book?.status, (ends.get(ended.book?.status) ?? 0) + 1)
    }
    // Every end was met often, so that each had its chance to come second.
    for (const status of ['completed', 'failed', 'cancelled']) {
      expect(ends.get(status)).toBeGreaterThan(LIVES[kind] / 20)
    }
  },
)

const [postgres] = testDatabases.filter(({ kind }) => kind === 'postgres')

it.skipIf(postgres?.missing)(
  'whatever ends a job first is its one end, truly at once, and nobody waits for ever (A22)',
  { timeout: TIMEOUT_MS },
  async () => {
    if (!postgres) return
    await using database = await postgres.open({ connections: AT_ONCE })
    await using made = await testGateway(database)
    const chain = async (first: number) => {
      for (let seed = first; seed <= TRULY_AT_ONCE; seed += AT_ONCE) {
        expectOneEnd(await liveThrough(made, database, seeded(seed)), seed)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => chain(i + 1)))
    const [row] = await database.query<{ deadlocks: number }>(
      'select deadlocks::int from pg_stat_database where datname = current_database()',
    )
    expect(row?.deadlocks).toBe(0)
    expect(await raceForNext(database, made)).toBe(1)
  },
)
