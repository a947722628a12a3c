import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Queue, redisQueue } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { cancelJob } from './cancel.ts'
import { ANNA, bookOf, cat, finish, idOf, type TestGateway, testGateway } from './jobs.case.ts'
import { type JobLoops, startJobLoops } from './loops.ts'
import { defaultAges } from './retention.ts'

describe.for(databasesHere)('a gateway at work on $kind', ({ kind, open }) => {
  let database: Database
  let made: TestGateway | undefined
  beforeEach(async () => {
    database = await open()
  })
  afterEach(async () => {
    await made?.[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const start = (gateway: TestGateway, options = {}): JobLoops =>
    startJobLoops({
      ...{ ...gateway.parts, queue: gateway.queue, ages: defaultAges, ...options },
      clientCallbacks: { send: undefined, body: 'standard' },
    })
  const accept = async (from: TestGateway) =>
    (await from.accept(cat, { caller: ANNA, surface: 'v1' })).row.id

  /** Takes and finishes until told to stop. */
  function employ(gateway: TestGateway, queue: Queue, name: string) {
    const stop = new AbortController()
    const worker = queue.worker(name)
    const runs: string[] = []
    const work = (async () => {
      while (!stop.signal.aborted) {
        await worker.beat([]).catch(() => {})
        const claim = await worker.take({ signal: stop.signal }).catch(() => undefined)
        if (!claim) continue
        await sleep(5)
        const answer = await finish(worker, claim, gateway.storage).catch(() => 'lost')
        if (answer === 'finished') runs.push(claim.id)
      }
    })()
    return {
      runs,
      async [Symbol.asyncDispose]() {
        stop.abort()
        await work
      },
    }
  }

  const countOver = async () => {
    const [row] = await database.query<{ n: number }>(
      'select count(*)::int as n from i2i.jobs where finished_at is not null',
    )
    return row?.n ?? 0
  }
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await sleep(20)
  }

  it('has done every job once, and none that was cancelled', async () => {
    made = await testGateway(database)
    await using loops = start(made)
    const gone = await accept(made)
    await cancelJob(gone, ANNA, made.parts)
    await using worker = employ(made, made.queue, 'a')
    const ids: string[] = []
    for (let i = 0; i < 12; i++) {
      ids.push(await accept(made))
      loops.nudge()
    }
    await until(async () => (await countOver()) === 13)
    expect(worker.runs.toSorted()).toEqual(ids.toSorted())
    expect(await bookOf(database, gone)).toMatchObject({ status: 'cancelled', charges: 0 })
  })

  it('ends when it is told to, whatever is under way', async () => {
    made = await testGateway(database)
    const loops = start(made)
    await accept(made)
    await loops[Symbol.asyncDispose]()
  })

  // What Redis does is the same on either database.
  if (kind === databasesHere.at(-1)?.kind) {
    it.skipIf(privateRedisMissing !== undefined)(
      'loses nothing when Redis forgets everything: each job ends once (A7)',
      async () => {
        await using server = await privateRedis()
        const open = (purpose: 'worker' | 'waits') =>
          connectRedis(server.url, { purpose, name: 'test', blockMs: 200 })
        await using commands = open('worker')
        const settings = { blockMs: 200 }
        const openBlocking = () => open('waits')
        const queue = redisQueue({ commands, openBlocking, idOf, settings })
        made = await testGateway(database, { queue })
        await using _ = start(made, { lostAfterMs: 500 })
        const ids: string[] = []
        for (let i = 0; i < 40; i++) ids.push(await accept(made))
        await using worker = employ(made, queue, 'a')
        for (const share of [8, 20]) {
          await until(async () => (await countOver()) >= share)
          await commands.call('FLUSHALL')
        }
        await until(async () => (await countOver()) === ids.length)
        const charges = await database.query('select 1 from i2i.charges')
        expect(charges).toHaveLength(ids.length)
        expect(new Set(worker.runs)).toEqual(new Set(ids))
      },
    )
  }
})
