import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { answerWishes, cancelJob } from './cancel.ts'
import { dispatch } from './dispatch.ts'
import {
  ANNA,
  bookOf,
  callerNamed,
  cat,
  finish,
  firstOf,
  type TestGateway,
  testGateway,
} from './jobs.case.ts'
import { settleLocal } from './settle-local.ts'

describe.for(databasesHere)('cancelling on $kind', ({ open }) => {
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

  const accept = async () => (await made.accept(cat, { caller: ANNA, surface: 'v1' })).row.id
  const cancel = (id: string) => cancelJob(id, ANNA, made.parts)
  const alive = async () => {
    const worker = made.queue.worker('a')
    await worker.beat([])
    return worker
  }
  const cancelled = { status: 'cancelled', won: 0, open: 0, charges: 0 }

  it('ends what nobody has yet at once', async () => {
    const id = await accept()
    expect(await cancel(id)).toBe('cancelled')
    expect(await bookOf(database, id)).toMatchObject(cancelled)
    await alive()
    expect(await dispatch(made.parts)).toBe(0)
  })

  it('ends what stands in the queue at once, and no worker gets it', async () => {
    const id = await accept()
    const worker = await alive()
    await dispatch(made.parts)
    expect(await cancel(id)).toBe('cancelled')
    expect(await worker.take()).toBeUndefined()
    expect(await bookOf(database, id)).toMatchObject(cancelled)
  })

  it('ends what failed and was pushed again, once, and no worker gets it', async () => {
    const id = await accept()
    const worker = await alive()
    await dispatch(made.parts)
    const claim = await worker.take()
    if (!claim) throw new Error('nothing to take')
    const failed = { status: 'failed', code: 'storage-failed', result: '' } as const
    await worker.finish(claim, { ...failed, retryable: true })
    await made.queue.push(claim.raw)
    expect(await made.queue.cancel(id)).toBe('cancelled')
    expect(await cancel(id)).toBe('cancelled')
    expect(await worker.take()).toBeUndefined()
    await settleLocal(made.queue.settlements, made.parts)
    expect(await bookOf(database, id)).toMatchObject(cancelled)
  })

  it('stops what runs at the worker’s next beat', async () => {
    const id = await accept()
    const worker = await alive()
    await dispatch(made.parts)
    const claim = await worker.take()
    if (!claim) throw new Error('nothing to take')
    expect(await cancel(id)).toBe('queued')
    expect(await worker.beat([claim])).toEqual(['cancel'])
    await worker.finish(claim, { status: 'cancelled' })
    await settleLocal(made.queue.settlements, made.parts)
    expect(await bookOf(database, id)).toMatchObject(cancelled)
  })

  it('is not tried elsewhere when its worker dies instead of hearing', async () => {
    const id = await accept()
    const worker = await alive()
    await dispatch(made.parts)
    const claim = await worker.take()
    if (!claim) throw new Error('nothing to take')
    await cancel(id)
    const result = ''
    await worker.finish(claim, {
      status: 'failed',
      code: 'out-of-memory',
      result,
      retryable: false,
    })
    await settleLocal(made.queue.settlements, made.parts)
    expect(await bookOf(database, id)).toMatchObject(cancelled)
  })

  it('gives the end of what is over, and changes nothing of it', async () => {
    const id = await accept()
    const worker = await alive()
    await dispatch(made.parts)
    await made.work(worker)
    // Finished, and not known here yet: the picture was there first.
    expect(await cancel(id)).toBe('completed')
    expect(await cancel(id)).toBe('completed')
    expect(await bookOf(database, id)).toMatchObject({ status: 'completed', charges: 1 })
  })

  it('knows no job of another caller’s', async () => {
    const id = await accept()
    expect(await cancelJob(id, callerNamed('bert'), made.parts)).toBeUndefined()
    expect(await bookOf(database, id)).toMatchObject({ status: 'queued', open: 1 })
  })

  it('hands another provider’s attempt to whoever looks after it, unless it was not begun', async () => {
    const far = await testGateway(database, { choose: firstOf('replicate') })
    const asking = { caller: ANNA, surface: 'v1' } as const
    const begun = (await far.accept(cat, asking)).row
    await database.query(`update i2i.attempts set state = 'sent'`)
    const waiting = (await far.accept(cat, asking)).row
    expect(await cancelJob(waiting.id, ANNA, far.parts)).toBe('cancelled')
    expect(await cancelJob(begun.id, ANNA, far.parts)).toBe('queued')
    expect(far.cancelledRemotely).toEqual([begun.attemptId])
  })

  it('keeps a wish while the queue is away, and answers it afterwards', async () => {
    const id = await accept()
    await alive()
    await dispatch(made.parts)
    const away = () => Promise.reject(new Failure('queue-unavailable', 'Away.'))
    const queue = { ...made.queue, cancel: away }
    expect(await cancelJob(id, ANNA, { ...made.parts, queue })).toBe('queued')
    expect([await answerWishes(made.parts), await answerWishes(made.parts)]).toEqual([1, 0])
    expect(await bookOf(database, id)).toMatchObject(cancelled)
  })

  it('never lets run what it said was cancelled, fifty times at every moment (A14)', async () => {
    const worker = await alive()
    const ran: string[] = []
    const said = new Map<string, string | undefined>()
    for (let i = 0; i < 50; i++) {
      const id = await accept()
      const steps = [
        () => dispatch(made.parts),
        async () => {
          said.set(id, await cancel(id))
        },
        async () => {
          const claim = await worker.take()
          if (!claim) return
          const [standing] = await worker.beat([claim])
          if (standing === 'cancel') await worker.finish(claim, { status: 'cancelled' })
          else ran.push(claim.id)
          if (standing === 'held') await finish(worker, claim, made.storage)
        },
      ]
      const late = i % 5
      await Promise.all(
        steps.map(async (step, k) => {
          for (let wait = 0; wait < (k === 1 ? late : k) * 3; wait++) await Promise.resolve()
          if ((i + k) % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
          await step()
        }),
      )
      // Whatever has not happened yet happens now.
      await dispatch(made.parts)
      while (await made.work(worker)) {}
      await settleLocal(made.queue.settlements, made.parts)
      await answerWishes(made.parts)
      const book = await bookOf(database, id)
      expect(['cancelled', 'completed']).toContain(book?.status)
      expect(book).toMatchObject({ open: 0, charges: book?.status === 'completed' ? 1 : 0 })
      if (said.get(id) === 'cancelled') expect(ran).not.toContain(id)
    }
    expect(said.size).toBe(50)
  })
})
