import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure, type JobResult } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { jobById } from '../store/find-jobs.ts'
import type { ProviderName } from '../store/job-row.ts'
import { settle } from '../store/settle.ts'
import { dispatch } from './dispatch.ts'
import {
  ANNA,
  assetOf,
  bookOf,
  cat,
  finish,
  firstOf,
  type TestGateway,
  testGateway,
} from './jobs.case.ts'
import { createOverrunWatch } from './overruns.ts'
import { settleLocal } from './settle-local.ts'
import { watchLocal } from './watch-local.ts'

describe.for(databasesHere)('a job that runs on and on, on $kind', ({ open }) => {
  let database: Database
  let made: TestGateway
  const heard: string[] = []
  beforeEach(async () => {
    database = await open()
    made = await testGateway(database)
    heard.length = 0
  })
  afterEach(async () => {
    await made[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const accept = async (wish: { readonly provider?: ProviderName; readonly steps?: number } = {}) =>
    (await made.accept({ ...cat, deadline_ms: 600_000, ...wish }, { caller: ANNA, surface: 'v1' }))
      .row.id
  const look = (parts: Partial<TestGateway['parts']> & { readonly answerMs?: number } = {}) =>
    createOverrunWatch({
      ...made.parts,
      onLocalEnd: (failure) => void heard.push(failure?.code ?? 'well'),
      ...parts,
    })()
  /** A score of jobs of its class took ten seconds each, steps and all as `cat` has them. */
  const history = async (count = 20) => {
    for (let i = 0; i < count; i++) {
      const id = await accept()
      const row = await jobById(database, id)
      const result = { mode: 'txt2img', prompt: '', assets: [assetOf(id)] } satisfies JobResult
      const attempt = { id: row?.attemptId ?? '', jobId: id }
      await settle(database, attempt, { status: 'completed', result })
    }
    await database.query(`update i2i.attempts set running_at = ended_at - interval '10 seconds'`)
  }
  /** In a worker's hands for so long. */
  const running = async (seconds: number, wish: Parameters<typeof accept>[0] = {}) => {
    const id = await accept(wish)
    const worker = made.queue.worker('a')
    await worker.beat([])
    await dispatch(made.parts)
    const claim = await worker.take()
    await watchLocal(made.parts)
    await database.query(
      `update i2i.attempts set running_at = now() - $2 * interval '1 second' where job_id = $1`,
      [id, seconds],
    )
    if (!claim) throw new Error('there was no job to take')
    return { id, worker, claim }
  }
  const known = async (wish: Parameters<typeof accept>[0] = {}) => {
    await history()
    return (await running(60, wish)).id
  }
  const whereIs = async (id: string) => (await jobById(database, id))?.provider

  it('is left alone until twice the 99th percentile of its class is over', async () => {
    await history()
    const { id } = await running(16)
    expect(await look()).toBe(0)
    expect(await whereIs(id)).toBe('local-sdxl')
    expect(heard).toEqual([])
  })

  it('goes elsewhere once its worker has let go, and not before', async () => {
    await history()
    const { id, worker, claim } = await running(21)
    expect(await look()).toBe(0)
    expect(await whereIs(id)).toBe('local-sdxl')
    expect(await worker.beat([claim])).toEqual(['cancel'])
    await worker.finish(claim, { status: 'cancelled' })
    await settleLocal(made.queue.settlements, made.parts)
    expect(await jobById(database, id)).toMatchObject({
      ...{ provider: 'replicate', status: 'queued' },
      tried: [{ provider: 'local-sdxl', code: 'engine-hung' }],
    })
    // Routing hears of it once, however often it is looked at.
    expect(heard).toEqual(['engine-hung'])
  })

  it('goes elsewhere without the word of a worker that gives none, and is charged once', async () => {
    await history()
    const { id, worker, claim } = await running(60)
    expect(await look()).toBe(0)
    expect(await look({ answerMs: 0 })).toBe(1)
    expect(await look({ answerMs: 0 })).toBe(0)
    expect(await whereIs(id)).toBe('replicate')
    // The worker was slow, and not hung: its picture is the first.
    await finish(worker, claim, made.storage)
    await settleLocal(made.queue.settlements, made.parts)
    const row = await jobById(database, id)
    const remote = { id: row?.attemptId ?? '', jobId: id }
    const result = { mode: 'txt2img', prompt: '', assets: [assetOf('late')] } satisfies JobResult
    expect(await settle(database, remote, { status: 'completed', result })).toBe('superseded')
    expect(await bookOf(database, id)).toEqual({
      ...{ status: 'completed', won: 1, open: 0, charges: 1, callbacks: 0 },
    })
  })

  it('does so too where the queue is away', async () => {
    await history()
    const { id } = await running(60)
    const cancel = () => Promise.reject(new Failure('queue-unavailable', 'Away.'))
    expect(await look({ queue: { ...made.queue, cancel } })).toBe(0)
    expect(await look({ answerMs: 0 })).toBe(1)
    expect(await whereIs(id)).toBe('replicate')
  })

  it('has the more time the more it was asked for', async () => {
    await history()
    const { id } = await running(100, { steps: 150 })
    expect(await look()).toBe(0)
    expect(await whereIs(id)).toBe('local-sdxl')
  })

  it.each<[string, () => Promise<string>, Partial<TestGateway['parts']>]>([
    ['nothing is known of its class', async () => (await running(60)).id, {}],
    ['its caller asks for our workers alone', () => known({ provider: 'local-sdxl' }), {}],
    ['nobody else can do it', () => known(), { choose: firstOf('local-sdxl') }],
  ])('stays where it is where %s', async (_, begin, parts) => {
    const id = await begin()
    expect(await look({ ...parts, answerMs: 0 })).toBe(0)
    expect(await look({ ...parts, answerMs: 0 })).toBe(0)
    expect(await whereIs(id)).toBe('local-sdxl')
    expect((await made.queue.job(id))?.status).toBe('active')
  })

  it('stays where it is where too little time is left for another', async () => {
    await history()
    const { id } = await running(60)
    await database.query(`update i2i.jobs set deadline_at = now() + interval '19 seconds'`)
    expect(await look({ answerMs: 0 })).toBe(0)
    expect(await whereIs(id)).toBe('local-sdxl')
  })
})
