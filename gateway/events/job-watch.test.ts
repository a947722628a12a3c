import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Claim, Failure, identify, memoryQueue, type Queue, redisQueue } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import type { Database, Sql } from '../database/database.ts'
import { databasesHere, testDatabases } from '../database/test-database.case.ts'
import { createWaitForEnd } from '../http/wait-for-end.ts'
import { cancelJob } from '../jobs/cancel.ts'
import { dispatch } from '../jobs/dispatch.ts'
import { ANNA, callerNamed, cat, idOf, type TestGateway, testGateway } from '../jobs/jobs.case.ts'
import { watchLocal } from '../jobs/watch-local.ts'
import { askToCancel } from '../store/cancel-job.ts'
import { jobById } from '../store/find-jobs.ts'
import { settle } from '../store/settle.ts'
import { takeWaiting } from '../store/waiting-jobs.ts'
import type { JobNews } from './job-news.ts'
import { createJobWatch, type JobWatch } from './job-watch.ts'
import { placesOf } from './watched-rows.ts'

const errors: unknown[] = []
const onError = (error: unknown) => {
  errors.push(error)
}
afterEach(() => {
  expect(errors.splice(0)).toEqual([])
})

const never = new AbortController().signal
const accepting =
  (gateway: TestGateway, userId = 'anna') =>
  async () => {
    const asking = { caller: callerNamed(userId), surface: 'v1' } as const
    return (await gateway.accept(cat, asking)).row.id
  }

/** The first news of this kind. */
async function first(news: AsyncIterable<JobNews>, kind: JobNews['kind']): Promise<JobNews> {
  for await (const each of news) if (each.kind === kind) return each
  throw new Error(`it ended without ${kind}`)
}

async function all(news: AsyncIterable<JobNews>): Promise<JobNews[]> {
  const heard: JobNews[] = []
  for await (const each of news) heard.push(each)
  return heard
}

describe.for(databasesHere)('the line on $kind', ({ open }) => {
  it('is the order in which our workers will get the jobs', async () => {
    await using database = await open()
    await using gateway = await testGateway(database)
    const [ofAnna, ofBert] = [accepting(gateway), accepting(gateway, 'bert')]
    const ids = [await ofAnna(), await ofAnna(), await ofAnna(), await ofBert()]
    const inOrder = async () =>
      (await placesOf(database, ids))
        .toSorted((a, b) => a.position - b.position)
        .map(({ jobId, ahead }) => [ids.indexOf(jobId), ahead])
    expect(await inOrder()).toEqual([0, 3, 1, 2].map((which, ahead) => [which, ahead]))
    const [sent] = await takeWaiting(database, 1)
    await database.query(`update i2i.attempts set state = 'running' where id = $1`, [
      sent?.attemptId ?? '',
    ])
    expect(await inOrder()).toEqual([
      [0, 0],
      [3, 0],
      [1, 1],
      [2, 2],
    ])
    const taken = await takeWaiting(database, 9)
    expect(taken.map(({ jobId }) => ids.indexOf(jobId))).toEqual([3, 1, 2])
  })

  it('has whoever had no turn for longest before others, and nobody’s job that is not wanted', async () => {
    await using database = await open()
    await using gateway = await testGateway(database)
    const done = await accepting(gateway)()
    await takeWaiting(database, 1)
    await settle(
      database,
      { id: (await jobById(database, done))!.attemptId, jobId: done },
      { status: 'cancelled' },
    )
    const ids = [
      await accepting(gateway)(),
      await accepting(gateway, 'bert')(),
      await accepting(gateway, 'carl')(),
    ]
    await askToCancel(database, ids[2] ?? '', callerNamed('carl'))
    const places = await placesOf(database, ids)
    const [anna, bert] = ids
    expect(places).toEqual(
      expect.arrayContaining([
        { jobId: bert, position: 1, ahead: 0 },
        { jobId: anna, position: 2, ahead: 1 },
      ]),
    )
    expect(places).toHaveLength(2)
    const taken = await takeWaiting(database, 9)
    expect(taken.map(({ jobId }) => jobId)).toEqual([bert, anna])
  })
})

describe('a watch of many jobs', () => {
  let database: Database
  let gateway: TestGateway
  let watch: JobWatch | undefined
  const statements: string[] = []
  beforeAll(async () => {
    database = await (testDatabases[0]?.open ?? expect.fail)()
    gateway = await testGateway(database)
  })
  afterEach(async () => {
    await watch?.[Symbol.asyncDispose]()
    statements.length = 0
  })
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })
  const counting: Sql = {
    query(text, values) {
      statements.push(/known\.mark|placed/.exec(text)?.[0] ?? text)
      return database.query(text, values)
    },
  }

  it('asks the database once a look, however many jobs there are and whoever watches', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, accepting(gateway)))
    const asked: number[] = []
    const queue: Pick<Queue, 'eventsOf'> = {
      eventsOf(jobs) {
        asked.push(jobs.length)
        return gateway.queue.eventsOf(jobs)
      },
    }
    const times = { events: 20, rows: 10_000, line: 10_000 }
    const made = createJobWatch({ database: counting, queue, times, onError })
    watch = made
    const done = new AbortController()
    setMaxListeners(100, done.signal)
    const twice = [...ids, ...ids].map((id) => made.watch(id, { signal: done.signal }))
    await Promise.all(twice.map((news) => first(news, 'snapshot')))
    expect(statements.length).toBeLessThanOrEqual(4)
    expect(asked.length).toBeLessThanOrEqual(2)
    expect(asked[0]).toBe(30)
    expect(made.count()).toBe(0)
  })

  it('goes on with what the database knows while the queue is away, and the other way round', async () => {
    const away = new Failure('queue-unavailable', 'It is away.')
    let isDatabaseAway = false
    watch = createJobWatch({
      database: {
        query: (text, values) =>
          isDatabaseAway ? Promise.reject(away) : database.query(text, values),
      },
      queue: { eventsOf: () => Promise.reject(away) },
      times: { events: 20, rows: 40, line: 40 },
      onError,
    })
    const id = await accepting(gateway)()
    const news = watch.watch(id, { after: '5-5', signal: never })[Symbol.asyncIterator]()
    expect((await news.next()).value).toMatchObject({ kind: 'snapshot', id: undefined })
    isDatabaseAway = true
    await cancelJob(id, ANNA, { ...gateway.parts })
    await expect.poll(() => errors.length).toBeGreaterThan(3)
    isDatabaseAway = false
    expect(await first({ [Symbol.asyncIterator]: () => news }, 'ended')).toMatchObject({
      row: { status: 'cancelled' },
    })
    expect(new Set(errors.splice(0))).toEqual(new Set([away]))
  })

  it('says that a job waits again whose worker is lost, to whoever comes later, too', async () => {
    let time = 0
    const queue = memoryQueue({ idOf, settings: { blockMs: 20 }, clock: () => time })
    await using empty = await (testDatabases[0]?.open ?? expect.fail)()
    await using alone = await testGateway(empty, { queue })
    const times = { events: 20, rows: 20, line: 20 }
    await using made = createJobWatch({ database: empty, queue, times, onError })
    const id = await accepting(alone)()
    const worker = queue.worker('lost')
    await worker.beat([], {})
    await dispatch(alone.parts)
    const claim = (await worker.take()) ?? expect.fail()
    await worker.progress(claim, { stage: 'denoise', image: 0, step: 1, of: 4 })
    await watchLocal(alone.parts)
    const news = made.watch(id, { signal: never })[Symbol.asyncIterator]()
    const told = await news.next()
    expect(told.value).toMatchObject({
      row: { status: 'processing' },
      progress: { fraction: 0.25 },
    })
    time = 60_000
    expect(await queue.sweep()).toMatchObject({ requeued: 1 })
    const back = { status: 'queued', position: undefined }
    expect((await news.next()).value).toMatchObject({ kind: 'status', standing: back })
    const later = await first(made.watch(id, { signal: never }), 'snapshot')
    expect(later).toMatchObject({ row: { status: 'processing' }, standing: back })
    const next = queue.worker('next')
    await next.beat([], {})
    expect(await next.take()).toMatchObject({ id })
    expect((await news.next()).value).toMatchObject({ standing: { status: 'processing' } })
  })

  it('ends at once for a job that is not there, and when it is disposed of', async () => {
    const made = createJobWatch({ database, queue: gateway.queue, onError })
    expect(await all(made.watch('nobody', { signal: never }))).toEqual([])
    const news = all(made.watch(await accepting(gateway)(), { signal: never }))
    await expect.poll(() => made.count()).toBe(1)
    await made[Symbol.asyncDispose]()
    expect((await news).length).toBeLessThan(2)
  })

  it('answers who waits for an end as soon as this process knows of it, and in time', async () => {
    const times = { events: 10_000, rows: 10_000, line: 10_000 }
    watch = createJobWatch({ database, queue: gateway.queue, times, onError })
    const waitForEnd = createWaitForEnd({ database, watch })
    const id = await accepting(gateway)()
    expect(await waitForEnd(id, AbortSignal.timeout(30))).toMatchObject({ status: 'queued' })
    const waiting = waitForEnd(id, never)
    await expect.poll(() => watch?.count()).toBe(1)
    await cancelJob(id, ANNA, { ...gateway.parts, onChanged: watch.nudge })
    expect(await waiting).toMatchObject({ id, status: 'cancelled' })
  })
})

describe.skipIf(redisMissing)('a watch on Redis', () => {
  it('tells what a worker says, by the ids of the stream, in one command for all', async () => {
    await using server = await testRedis()
    await using redis = connectRedis(server.url, { purpose: 'gateway', name: 'test' })
    const reads: number[] = []
    const queue = redisQueue({
      settings: { name: `test-${randomUUID()}`, blockMs: 20 },
      idOf: (raw) => identify(raw, randomUUID),
      commands: {
        call(command, ...args) {
          if (command === 'XREAD') reads.push((args.length - 1) / 2)
          return redis.call(command, ...args)
        },
      },
      openBlocking: () => connectRedis(server.url, { purpose: 'waits', name: 'test' }),
    })
    await using database = await (testDatabases[0]?.open ?? expect.fail)()
    await using gateway = await testGateway(database, { queue })
    await using watch = createJobWatch({ database, queue, onError })
    const ids = [await accepting(gateway)(), await accepting(gateway)()]
    const worker = queue.worker('w')
    await worker.beat([], { state: 'idle' })
    await dispatch(gateway.parts)
    const claims: Claim[] = []
    for (const _ of ids) claims.push((await worker.take()) ?? expect.fail())
    const done = new AbortController()
    const followed = ids.map((id) => watch.watch(id, { signal: done.signal }))
    const news = followed.map((each) => each[Symbol.asyncIterator]())
    const begun = await Promise.all(news.map((each) => each.next()))
    expect(begun).toMatchObject(ids.map(() => ({ value: { standing: { status: 'processing' } } })))
    for (const claim of claims) {
      await worker.progress(claim, { stage: 'denoise', image: 0, step: 1, of: 4 })
    }
    const told = await Promise.all(news.map((each) => each.next()))
    const [newest] = (await queue.events(ids[0] ?? '')).slice(-1)
    expect(told[0]?.value).toMatchObject({ kind: 'progress', id: newest?.id })
    const resumed = watch.watch(ids[0] ?? '', { after: begun[0]?.value?.id, signal: done.signal })
    expect(await first(resumed, 'progress')).toMatchObject({ id: newest?.id })
    expect(new Set(reads)).toEqual(new Set([2]))
    done.abort()
    await worker.leave([])
  })
})
