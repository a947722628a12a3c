import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure, type FailureCode, failureResult, memoryQueue } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { beginNextAttempt } from '../store/attempts.ts'
import { jobById } from '../store/find-jobs.ts'
import { settle } from '../store/settle.ts'
import { dispatch } from './dispatch.ts'
import {
  ANNA,
  assetOf,
  bookOf,
  cat,
  firstOf,
  idOf,
  type TestGateway,
  testGateway,
} from './jobs.case.ts'
import { endLocal, settleLocal } from './settle-local.ts'

describe.for(databasesHere)('what workers finished, on $kind', ({ open }) => {
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

  /** A job that a worker has, and everything it needs to end it. */
  async function running(from = made, request = cat) {
    const { row } = await from.accept(request, { caller: ANNA, surface: 'v1' })
    const worker = from.queue.worker('a')
    await worker.beat([])
    await dispatch(from.parts)
    const claim = await worker.take()
    if (!claim) throw new Error('nothing was dispatched')
    const fail = (code: FailureCode) => {
      const { text: result } = failureResult(new Failure(code, 'So it was.'))
      return worker.finish(claim, { status: 'failed', code, result, retryable: false })
    }
    return { id: row.id, attemptId: row.attemptId, worker, claim, fail }
  }

  const settleAll = (from = made) => settleLocal(from.queue.settlements, from.parts)
  const isStored = (path: string) =>
    made.storage.get(`workspace-temp/${path}`).then(
      () => true,
      () => false,
    )

  it('ends the job with its pictures where they are looked for, charged once, told once', async () => {
    const callback_url = 'https://example.com/cb'
    const { row } = await made.accept({ ...cat, callback_url }, { caller: ANNA, surface: 'v1' })
    await made.queue.worker('a').beat([])
    await dispatch(made.parts)
    await made.work(made.queue.worker('a'))
    expect([await settleAll(), await settleAll()]).toEqual([1, 0])
    expect(await bookOf(database, row.id)).toEqual({
      ...{ status: 'completed', won: 1, open: 0, charges: 1, callbacks: 1 },
    })
    expect((await jobById(database, row.id))?.result?.assets).toEqual([assetOf(row.id)])
    expect(await isStored(assetOf(row.id).path)).toBe(true)
  })

  it('is kept, with what no database keeps left out of its words', async () => {
    const { id, worker, claim } = await running()
    const result = { prompt: 'a\0 cat \ud83d', assets: [assetOf(claim.id)] }
    await worker.finish(claim, { status: 'completed', result: JSON.stringify(result) })
    await settleAll()
    expect(await jobById(database, id)).toMatchObject({
      ...{ status: 'completed', result: { prompt: 'a\ufffd cat \ufffd' } },
    })
  })

  it('is heard by routing, what went well and what failed', async () => {
    const heard: unknown[] = []
    const onLocalEnd = (failure?: Failure) => void heard.push(failure?.code)
    const failing = await running()
    await failing.fail('engine-crashed')
    const { row } = await made.accept(cat, { caller: ANNA, surface: 'v1' })
    await dispatch(made.parts)
    await made.work(failing.worker)
    await settleLocal(made.queue.settlements, { ...made.parts, onLocalEnd })
    expect(heard.toSorted()).toEqual(['engine-crashed', undefined])
    expect((await jobById(database, row.id))?.status).toBe('completed')
  })

  it('is failed, and charged to nobody, where there is no picture in what came', async () => {
    const { id, worker, claim } = await running()
    await worker.finish(claim, { status: 'completed', result: '{"version": 2}' })
    await settleAll()
    const failure = { code: 'internal' }
    expect(await jobById(database, id)).toMatchObject({ status: 'failed', failure })
    expect(await bookOf(database, id)).toMatchObject({ won: 0, charges: 0 })
  })

  it('is failed at once, in a sentence, where no storage can have what the worker names', async () => {
    const { id, worker, claim } = await running()
    const asset = assetOf(claim.id)
    const staged = { path: 'workspace-temp/anna/../x', thumbnailPath: asset.thumbnailPath }
    const result = { assets: [{ ...asset, staged }] }
    await worker.finish(claim, { status: 'completed', result: JSON.stringify(result) })
    await settleAll()
    const failure = { code: 'internal', message: expect.stringMatching(/path .*x.* Look at that/) }
    expect(await jobById(database, id)).toMatchObject({ status: 'failed', failure })
    expect(await bookOf(database, id)).toMatchObject({ won: 0, open: 0, charges: 0 })
  })

  it('is told again after a gateway that died in between, and changes nothing then', async () => {
    const { id, worker, claim } = await running()
    await worker.giveBack(claim)
    await made.work(worker)
    const record = await made.queue.job(id)
    const end = { id, status: 'completed', code: '', result: record?.result ?? '' } as const
    await endLocal(end, made.parts)
    await settleAll()
    expect(await bookOf(database, id)).toMatchObject({ won: 1, charges: 1 })
    expect(await isStored(assetOf(id).path)).toBe(true)
  })

  it('waits for a database that is away, and is not lost meanwhile', async () => {
    let now = Date.now()
    const queue = memoryQueue({ idOf, settings: { blockMs: 20 }, clock: () => now })
    await using late = await testGateway(database, { queue })
    const { id, worker, claim } = await running(late)
    await worker.giveBack(claim)
    await late.work(worker)
    const failure = new Failure('database-unavailable', 'Away.')
    const query = () => Promise.reject(failure)
    await settleLocal(queue.settlements, { ...late.parts, database: { ...database, query } })
    expect(await bookOf(database, id)).toMatchObject({ status: 'queued' })
    expect(await settleAll(late)).toBe(0)
    now += 1_100
    expect(await settleAll(late)).toBe(1)
    expect(await bookOf(database, id)).toMatchObject({ status: 'completed', charges: 1 })
  })

  it('is tried elsewhere where that may help, and says who had it before', async () => {
    const { id, fail } = await running()
    await fail('out-of-memory')
    await settleAll()
    expect(await jobById(database, id)).toMatchObject({
      ...{ status: 'queued', provider: 'replicate' },
      tried: [{ provider: 'local-sdxl', code: 'out-of-memory' }],
    })
    expect(await bookOf(database, id)).toMatchObject({ open: 1, charges: 0 })
  })

  it.each(['image-unreadable', 'policy-output', 'reference-forbidden'] as const)(
    'is failed for good by %s, in the worker’s own sentence',
    async (code) => {
      const { id, fail } = await running()
      await fail(code)
      await settleAll()
      const failure = { code, message: 'So it was.' }
      expect(await jobById(database, id)).toMatchObject({ status: 'failed', failure, tried: [] })
      expect(await bookOf(database, id)).toMatchObject({ open: 0, charges: 0 })
    },
  )

  it('is failed where no other provider is there, or no other is wanted', async () => {
    const alone = await testGateway(database, { choose: firstOf('local-sdxl') })
    const first = await running(alone)
    await first.fail('engine-crashed')
    await settleAll(alone)
    const second = await running(made, { ...cat, provider: 'local-sdxl' })
    await second.fail('engine-crashed')
    await settleAll()
    for (const { id } of [first, second]) {
      expect(await bookOf(database, id)).toMatchObject({ status: 'failed', open: 0 })
    }
  })

  it('says nothing about a job that went elsewhere, unless there is a picture', async () => {
    const { id, attemptId, worker, claim } = await running()
    const after = { id: attemptId, state: 'failed', code: 'worker-lost' } as const
    const next = { id: 'next', jobId: id, provider: 'replicate', notes: [] } as const
    await beginNextAttempt(database, { ...next, after: { ...after, provider: 'local-sdxl' } })
    const lost = { id, status: 'failed', code: 'worker-lost', result: '' } as const
    await endLocal(lost, made.parts)
    await endLocal({ ...lost, status: 'cancelled' }, made.parts)
    expect(await bookOf(database, id)).toMatchObject({ status: 'queued', open: 1 })
    await worker.giveBack(claim)
    await made.work(worker)
    await settleAll()
    expect(await bookOf(database, id)).toMatchObject({ status: 'completed', won: 1, open: 0 })
  })

  it('keeps the picture whose hash it recorded, where a failover lost the finish and it was made again', async () => {
    const { id, worker, claim } = await running()
    await worker.giveBack(claim)
    await made.work(worker)
    await settleAll()
    const folder = `workspace-temp/anna/${id}/.staged/again`
    const staged = { path: `${folder}/0.png`, thumbnailPath: `${folder}/0.thumb.webp` }
    for (const path of Object.values(staged)) {
      await made.storage.put(path, Buffer.from('another'), { contentType: 'image/png' })
    }
    const again = { assets: [{ ...assetOf(id), sha256: 'another', staged }] }
    const end = { id, status: 'completed', code: '', result: JSON.stringify(again) } as const
    await endLocal(end, made.parts)
    const kept = await made.storage.get(`workspace-temp/${assetOf(id).path}`)
    expect(Buffer.from(kept).toString()).toBe(id)
    expect((await jobById(database, id))?.result?.assets).toEqual([assetOf(id)])
    await expect(made.storage.get(staged.path)).rejects.toMatchObject({ code: 'not-found' })
    expect(await bookOf(database, id)).toMatchObject({ won: 1, charges: 1 })
  })

  it('keeps no picture of a job that was cancelled meanwhile', async () => {
    const { id, attemptId, worker, claim } = await running()
    await settle(database, { id: attemptId, jobId: id }, { status: 'cancelled' })
    await worker.giveBack(claim)
    await made.work(worker)
    await settleAll()
    expect(await isStored(assetOf(id).path)).toBe(false)
    expect(await bookOf(database, id)).toMatchObject({ status: 'cancelled', charges: 0 })
  })

  it('removes the pictures of a worker that came too late', async () => {
    const { id, worker, claim } = await running()
    const result = { assets: [{ ...assetOf(id), path: 'anna/x/a2/0.png' }] }
    const after = { id: claim.id, jobId: id }
    await settle(database, { ...after, id: 'other' }, { status: 'completed', result })
    await worker.giveBack(claim)
    await made.work(worker)
    await settleAll()
    expect(await isStored(assetOf(id).path)).toBe(false)
    expect(await bookOf(database, id)).toMatchObject({ status: 'completed', charges: 1 })
  })
})
