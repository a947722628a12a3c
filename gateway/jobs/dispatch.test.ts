import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Job, memoryQueue, type QueueWorker } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { jobById } from '../store/find-jobs.ts'
import { dispatch } from './dispatch.ts'
import { createEquip } from './equip.ts'
import { ANNA, callerNamed, cat, finish, idOf, type TestGateway, testGateway } from './jobs.case.ts'
import { settleLocal } from './settle-local.ts'
import { watchLocal } from './watch-local.ts'

describe.for(databasesHere)('dispatching on $kind', ({ open }) => {
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

  const accept = async (caller = ANNA) => (await made.accept(cat, { caller, surface: 'v1' })).row.id
  const acceptMany = async (count: number, caller = ANNA) => {
    const ids: string[] = []
    for (let i = 0; i < count; i++) ids.push(await accept(caller))
    return ids
  }
  const alive = async (name: string): Promise<QueueWorker> => {
    const worker = made.queue.worker(name)
    await worker.beat([])
    return worker
  }
  const inLine = async () =>
    (await made.queue.byHand.waiting({ from: 0, count: 99 })).map(({ raw = '' }) => idOf(raw)?.id)

  it('sends nothing to nobody, and two to each worker that takes jobs', async () => {
    const ids = await acceptMany(7)
    expect(await dispatch(made.parts)).toBe(0)
    await alive('a')
    expect([await dispatch(made.parts), await dispatch(made.parts)]).toEqual([2, 0])
    await made.queue.worker('b').beat([])
    expect(await dispatch(made.parts)).toBe(2)
    expect(await inLine()).toEqual(ids.slice(0, 4))
  })

  it('sends the next when one is done', async () => {
    const ids = await acceptMany(3)
    const worker = await alive('a')
    await dispatch(made.parts)
    expect(await made.work(worker)).toBe(ids[0])
    expect(await dispatch(made.parts)).toBe(0)
    await settleLocal(made.queue.settlements, made.parts)
    expect(await dispatch(made.parts)).toBe(1)
    expect(await inLine()).toEqual(ids.slice(1))
  })

  it('lets no caller’s backlog delay another’s', async () => {
    const annas = await acceptMany(30)
    const berts = await acceptMany(2, callerNamed('bert'))
    const carls = await acceptMany(1, callerNamed('carl'))
    const worker = await alive('a')
    const order: (string | undefined)[] = []
    for (let i = 0; i < 6; i++) {
      await dispatch(made.parts)
      order.push(await made.work(worker))
      await settleLocal(made.queue.settlements, made.parts)
    }
    const [first, second, third] = annas
    expect(order.slice(0, 3)).toEqual([first, berts[0], carls[0]])
    expect(order.slice(3).toSorted()).toEqual([second, third, berts[1]].toSorted())
  })

  it('keeps the order of those that came in one moment of the database’s clock', async () => {
    const ids = await acceptMany(12)
    await database.query('update i2i.attempts set created_at = now()')
    for (let i = 0; i < 6; i++) await alive(`worker ${i}`)
    expect(await dispatch(made.parts)).toBe(12)
    expect(await inLine()).toEqual(ids)
  })

  it('is done by one of several gateways at a time', async () => {
    await acceptMany(20)
    await alive('a')
    // As many connections as are used: while one is opened, others would be done.
    await Promise.all(Array.from({ length: 6 }, () => database.query('select pg_sleep(0.05)')))
    const sent = await Promise.all(Array.from({ length: 6 }, () => dispatch(made.parts)))
    expect(sent.reduce((all, each) => all + each, 0)).toBe(2)
    expect(await inLine()).toHaveLength(2)
  })

  it('shows that a job runs, once a worker has it', async () => {
    const [id = ''] = await acceptMany(1)
    const worker = await alive('a')
    await dispatch(made.parts)
    await watchLocal(made.parts)
    expect(await jobById(database, id)).toMatchObject({ status: 'queued' })
    await worker.take()
    await watchLocal(made.parts)
    expect(await jobById(database, id)).toMatchObject({ status: 'processing' })
  })

  it('pushes once more what a gateway that died never pushed, and nothing that waits or runs', async () => {
    const ids = await acceptMany(2)
    const worker = await alive('a')
    const dying = { push: () => Promise.reject(new Error('killed')), workers: made.queue.workers }
    await dispatch({ ...made.parts, queue: dying })
    expect(await inLine()).toEqual([])
    expect(await watchLocal(made.parts)).toBe(0)
    const quick = { ...made.parts, lostAfterMs: -1 }
    expect([await watchLocal(quick), await watchLocal(quick)]).toEqual([2, 0])
    await worker.take()
    expect(await watchLocal(quick)).toBe(0)
    expect(await inLine()).toEqual(ids.slice(1))
  })

  it('ends what no element of the queue can hold, also where a gateway died before it did', async () => {
    const [id = ''] = await acceptMany(1)
    await alive('a')
    const dying = { push: () => Promise.reject(new Error('killed')), workers: made.queue.workers }
    await dispatch({ ...made.parts, queue: dying })
    const equip = async (job: Job) => ({ ...job, metadata: { page: 'x'.repeat(300_000) } })
    const parts = { ...made.parts, equip, lostAfterMs: -1 }
    expect([await watchLocal(parts), await watchLocal(parts)]).toEqual([0, 0])
    const failure = { code: 'request-too-large' }
    expect(await jobById(database, id)).toMatchObject({ status: 'failed', failure })
  })

  it('shows a job that was lost while it ran as running again, and says so once', async () => {
    const [id = ''] = await acceptMany(1)
    await alive('a')
    await dispatch(made.parts)
    const changed: string[] = []
    const onChanged = (jobId: string) => changed.push(jobId)
    let queue = made.queue
    for (let life = 0; life < 2; life++) {
      const parts = { ...made.parts, queue, onChanged, lostAfterMs: -1 }
      if (life > 0) expect(await watchLocal(parts)).toBe(1)
      await queue.worker('a').take()
      for (let look = 0; look < 3; look++) await watchLocal(parts)
      queue = memoryQueue({ idOf, settings: { blockMs: 10 } })
    }
    expect(changed).toEqual([id, id])
    const states = await database.query('select state from i2i.attempts')
    expect(states).toEqual([{ state: 'running' }])
  })

  it('reads an end that nobody told of from the queue’s record', async () => {
    const [id = ''] = await acceptMany(1)
    const worker = await alive('a')
    await dispatch(made.parts)
    await made.work(worker)
    await watchLocal(made.parts)
    expect(await jobById(database, id)).toMatchObject({ status: 'queued' })
    await watchLocal({ ...made.parts, toldWithinMs: -1 })
    expect(await jobById(database, id)).toMatchObject({ status: 'completed' })
  })

  it('follows the others where the end of one cannot be kept', async () => {
    const [, running = ''] = await acceptMany(2)
    const worker = await alive('a')
    await dispatch(made.parts)
    await made.work(worker)
    await worker.take()
    // Nowhere to publish what the first has made.
    const parts = { ...made.parts, storage: undefined, toldWithinMs: -1 }
    expect(await watchLocal(parts)).toBe(0)
    expect(await jobById(database, running)).toMatchObject({ status: 'processing' })
  })

  it('loses nothing of a queue that was emptied: each job is done once (A7)', async () => {
    const ids = await acceptMany(40)
    const settings = { blockMs: 10 }
    let queue = memoryQueue({ idOf, settings })
    const runs: string[] = []
    for (let turn = 0; turn < 60; turn++) {
      // Emptied twice, with jobs in line and jobs in hand.
      if (turn === 5 || turn === 15) queue = memoryQueue({ idOf, settings })
      const parts = { ...made.parts, queue, lostAfterMs: -1 }
      for (const name of ['a', 'b']) await queue.worker(name).beat([])
      await dispatch(parts)
      const claim = await queue.worker('a').take()
      const held = turn === 4 || turn === 14
      if (claim && !held) {
        await finish(queue.worker('a'), claim, made.storage)
        runs.push(claim.id)
      }
      await settleLocal(queue.settlements, parts)
      await watchLocal(parts)
    }
    const rows = await database.query('select 1 from i2i.charges')
    expect([rows.length, runs.toSorted()]).toEqual([40, ids.toSorted()])
  })

  it('gives workers without a key of the storage a URL for all that they read and write', async () => {
    const request = { ...cat, reference_image_url: 'anna/a.png', num_images: 2 }
    const { row } = await made.accept(request, { caller: ANNA, surface: 'v1' })
    const equip = createEquip(made.storage)
    const { reference, uploads = [] } = await equip(row.job)
    expect(reference).toMatchObject({ url: expect.stringContaining('user-library/anna/a.png?') })
    const folder = `anna/${row.id}`
    expect(uploads.map(({ path }) => path)).toEqual([
      ...[`${folder}/0.png`, `${folder}/0.thumb.webp`],
      ...[`${folder}/1.png`, `${folder}/1.thumb.webp`],
    ])
    // No URL reaches a file that readers see, or one of another time that the job was sent.
    const { uploads: again = [] } = await equip(row.job)
    const staged = [...uploads, ...again].map((upload) => upload.staged ?? '')
    expect(new Set(staged).size).toBe(8)
    for (const [i, { url }] of [...uploads, ...again].entries()) {
      expect(staged[i]).toContain(`workspace-temp/${folder}/.staged/`)
      expect(url).toContain(`/${staged[i]}?`)
    }
  })
})
