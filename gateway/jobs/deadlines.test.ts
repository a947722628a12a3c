import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { jobById } from '../store/find-jobs.ts'
import type { ProviderName } from '../store/job-row.ts'
import { watchDeadlines } from './deadlines.ts'
import { dispatch } from './dispatch.ts'
import { ANNA, bookOf, cat, finish, firstOf, type TestGateway, testGateway } from './jobs.case.ts'
import { settleLocal } from './settle-local.ts'

describe.for(databasesHere)('deadlines on $kind', ({ open }) => {
  let database: Database
  let made: TestGateway
  beforeEach(async () => {
    database = await open()
    made = await testGateway(database)
  })
  afterEach(async () => {
    await made[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const accept = async (deadline_ms?: number, provider?: ProviderName) => {
    const request = { ...cat, ...(deadline_ms && { deadline_ms }), ...(provider && { provider }) }
    return (await made.accept(request, { caller: ANNA, surface: 'v1' })).row.id
  }
  /** All of the jobs' times are so much longer ago. */
  const pass = (ms: number) =>
    database.query(
      `update i2i.jobs set created_at = created_at - $1 * interval '1 millisecond',
         deadline_at = deadline_at - $1 * interval '1 millisecond'`,
      [ms],
    )
  const look = (parts: Partial<TestGateway['parts']> = {}) =>
    watchDeadlines({ ...made.parts, ...parts })
  const sendToWorker = async () => {
    const worker = made.queue.worker('a')
    await worker.beat([])
    await dispatch(made.parts)
    return worker
  }
  const whereIs = async (id: string) => (await jobById(database, id))?.provider

  it('gives a job that has waited its share to who can still do it, here or in the queue', async () => {
    const inQueue = await accept(100_000)
    const worker = await sendToWorker()
    await worker.take()
    const waiting = await accept(100_000)
    const sent = await accept(100_000)
    await database.query(`update i2i.attempts set state = 'sent' where job_id = $1`, [sent])
    await pass(39_000)
    expect(await look()).toEqual({ moved: 0, ended: 0 })
    await pass(2_000)
    expect(await look()).toEqual({ moved: 2, ended: 0 })
    expect([await whereIs(waiting), await whereIs(sent)]).toEqual(['replicate', 'replicate'])
    // A worker has begun with it.
    expect(await jobById(database, inQueue)).toMatchObject({
      ...{ provider: 'local-sdxl', status: 'processing' },
    })
  })

  it('ends what nobody wants any more, though the end of another cannot be kept', async () => {
    const drawn = await accept(100_000)
    const worker = await sendToWorker()
    await made.work(worker)
    await pass(50_000)
    const expired = await accept(10_000)
    await pass(11_000)
    // Nowhere to publish what the first has made.
    expect(await look({ storage: undefined })).toEqual({ moved: 0, ended: 1 })
    expect(await jobById(database, expired)).toMatchObject({ status: 'failed' })
    expect(await jobById(database, drawn)).toMatchObject({ status: 'queued' })
  })

  it('leaves nothing of it for a worker to begin', async () => {
    await accept(100_000)
    const worker = await sendToWorker()
    await pass(50_000)
    await look()
    expect(await worker.take()).toBeUndefined()
  })

  it('leaves a job in line that nobody else may or can do, or that nobody waits for', async () => {
    const pinned = await accept(100_000, 'local-sdxl')
    const patient = await accept()
    await pass(50_000)
    expect(await look()).toEqual({ moved: 0, ended: 0 })
    const free = await accept(100_000)
    await pass(50_000)
    expect(await look({ choose: firstOf('local-sdxl') })).toEqual({ moved: 0, ended: 1 })
    for (const id of [patient, free]) expect(await whereIs(id)).toBe('local-sdxl')
    expect(await bookOf(database, pinned)).toMatchObject({ status: 'failed' })
  })

  it('goes on without the queue’s word where the queue is away, and the first end counts', async () => {
    const id = await accept(100_000)
    const worker = await sendToWorker()
    const claim = await worker.take()
    await pass(50_000)
    const away = () => Promise.reject(new Failure('queue-unavailable', 'Away.'))
    expect(await look({ queue: { ...made.queue, job: away, cancel: away } })).toMatchObject({
      moved: 1,
    })
    expect(await jobById(database, id)).toMatchObject({
      ...{ provider: 'replicate', tried: [{ code: 'queue-unavailable' }] },
    })
    if (claim) await finish(worker, claim, made.storage)
    await settleLocal(made.queue.settlements, made.parts)
    expect(await bookOf(database, id)).toMatchObject({ status: 'completed', won: 1, open: 0 })
  })

  it('ends what nobody wants any more, and stops who works on it', async () => {
    const id = await accept(100_000)
    const worker = await sendToWorker()
    const claim = await worker.take()
    await pass(100_001)
    expect(await look()).toEqual({ moved: 0, ended: 1 })
    expect(await jobById(database, id)).toMatchObject({
      ...{ status: 'failed', failure: { code: 'deadline-expired' } },
    })
    expect(claim && (await worker.beat([claim]))).toEqual(['cancel'])
    expect(await look()).toEqual({ moved: 0, ended: 0 })
  })

  it('gives another provider’s attempt some grace, for it is to be ended in order', async () => {
    const id = await accept(100_000, 'replicate')
    await pass(105_000)
    expect(await look()).toEqual({ moved: 0, ended: 0 })
    await pass(6_000)
    expect(await look()).toEqual({ moved: 0, ended: 1 })
    expect(await bookOf(database, id)).toMatchObject({ status: 'failed', open: 0 })
  })
})
