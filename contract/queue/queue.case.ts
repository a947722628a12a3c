/** How a queue behaves, whatever it stands on: run by `memory-queue.test.ts` and `redis-queue.test.ts`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim, Queue, QueueNote, QueueOptions, QueueWorker } from './queue.ts'
import type { QueueSettings } from './settings.ts'

export interface QueueUnderTest {
  readonly queue: Queue
  /** Lets the queue's clock jump, back where negative. */
  readonly advance: (ms: number) => Promise<void>
}

/** Where a suite's queues come from; each is empty at first. */
export interface QueueMaker extends AsyncDisposable {
  readonly make: (options: QueueOptions) => QueueUnderTest
}

export const LEASE_MS = 30_000
const OVER = LEASE_MS + 1

export const completed = { status: 'completed', result: '{"images":1}' } as const

/** Reads `{"id": …}` and gives an id to what has none, as a reader of payloads would. */
export const idOf: QueueOptions['idOf'] = (raw) => {
  const read: unknown = JSON.parse(raw)
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined
  if ('job_id' in read && typeof read.job_id === 'string')
    return { id: read.job_id, normalised: raw }
  const owned = 'owner' in read && read.owner === 'gateway' ? ({ owner: 'gateway' } as const) : {}
  if ('id' in read && typeof read.id === 'string') {
    return { id: read.id, normalised: raw, ...owned }
  }
  return { id: 'made-up', normalised: JSON.stringify({ ...read, job_id: 'made-up' }) }
}

export const element = (id: string) => JSON.stringify({ id, prompt: 'sea at dusk' })

export function describeQueue(what: string, open: () => Promise<QueueMaker>): void {
  describe(what, () => {
    let maker: QueueMaker
    beforeAll(async () => {
      maker = await open()
    })
    afterAll(() => maker[Symbol.asyncDispose]())

    const start = (settings: Partial<QueueSettings> = {}) => {
      const notes: QueueNote[] = []
      const note = (each: QueueNote) => notes.push(each)
      const made = maker.make({
        settings: { leaseMs: LEASE_MS, blockMs: 40, ...settings },
        idOf,
        note,
        random: () => 1,
      })
      return { ...made, notes, a: made.queue.worker('a'), b: made.queue.worker('b') }
    }

    describe('order', () => {
      it('is first in, first out', async () => {
        const { queue, a } = start()
        for (const id of ['1', '2', '3']) await queue.push(element(id))
        expect(await waitingIn(queue, 0, 2)).toEqual([element('1'), element('2')])
        expect(await takenBy(a)).toEqual(['1', '2', '3'])
      })

      it('is first in, first out from the other end too', async () => {
        const { queue, a } = start({ pop: 'right' })
        for (const id of ['1', '2', '3']) await queue.push(element(id))
        expect(await waitingIn(queue, 1, 5)).toEqual([element('2'), element('3')])
        expect(await takenBy(a)).toEqual(['1', '2', '3'])
      })

      it('gives the priority lane four turns of five', async () => {
        const { queue, a } = start({ priority: true })
        for (let i = 0; i < 8; i++) await queue.push(element(`hi${i}`), 'priority')
        for (const id of ['1', '2']) await queue.push(element(id))
        const order = (await takenBy(a)).map((id) => (id.startsWith('hi') ? 'h' : 'n'))
        expect(order.join('')).toBe('hhhhnhhhhn')
      })

      it('is kept by a worker that leaves with one job running and one prefetched', async () => {
        const { queue, a, b } = start()
        for (const id of ['1', '2', '3']) await queue.push(element(id))
        const held = [await mustTake(a), await mustTake(a)]
        await a.leave(held)
        const again = [await mustTake(b), await mustTake(b), await mustTake(b)]
        expect(again.map(({ id, attempts, stalls }) => [id, attempts, stalls])).toEqual([
          ['1', 0, 0],
          ['2', 0, 0],
          ['3', 0, 0],
        ])
        expect((await queue.workers()).map(({ name }) => name)).toEqual(['b'])
      })
    })

    describe('a take', () => {
      it('ends without a job when its wait is over, and when its signal says so', async () => {
        const { a } = start({ blockMs: 30 })
        expect(await a.take()).toBeUndefined()
        const patient = start({ blockMs: LEASE_MS / 3 })
        const ending = new AbortController()
        const take = patient.a.take({ signal: ending.signal })
        setTimeout(() => ending.abort(), 30)
        expect(await take).toBeUndefined()
      })

      it('wakes up for an element that is pushed meanwhile', async () => {
        const { queue, a } = start({ blockMs: 10_000 })
        const take = a.take()
        setTimeout(() => queue.push(element('late')), 30)
        expect((await take)?.id).toBe('late')
      })

      it('adds an id where there is none, and nothing else', async () => {
        const { queue, a } = start()
        await queue.push('{"prompt":"p"}')
        const { id, raw } = await mustTake(a)
        expect({ id, raw }).toEqual({ id: 'made-up', raw: '{"prompt":"p","job_id":"made-up"}' })
        expect(await queue.job(id)).toMatchObject({ status: 'active', raw, worker: 'a' })
      })

      it('parks what cannot be read and goes on', async () => {
        const { queue, a, notes } = start({ mostElementBytes: 100 })
        const bad = ['{', '[]', '', '"text"', '{"id":"../../etc"}', element('x'.repeat(100))]
        for (const raw of [...bad, element('good')]) await queue.push(raw)
        expect((await mustTake(a)).id).toBe('good')
        const letters = await queue.dead.list({ from: 0, count: 10 })
        expect(letters.map(({ raw }) => raw)).toEqual(bad)
        expect(letters.map(({ reason }) => reason)).toEqual([
          ...Array.from({ length: 5 }, () => 'unreadable'),
          'too-large',
        ])
        expect(notes.map(({ type }) => type)).toEqual(bad.map(() => 'parked'))
      })

      it('starts a job once that was pushed twenty times', async () => {
        const { queue, a, b, notes } = start()
        for (let i = 0; i < 10; i++) await queue.push(element('same'))
        const claim = await mustTake(a)
        expect(await b.take()).toBeUndefined()
        expect(await a.finish(claim, completed)).toBe('finished')
        for (let i = 0; i < 10; i++) await queue.push(element('same'))
        expect(await a.take()).toBeUndefined()
        expect(notes).toHaveLength(19)
        expect(await queue.job('same')).toMatchObject({
          status: 'completed',
          duplicates: 19,
          fence: 1,
        })
      })

      it('begins anew what failed retryably and was pushed again, and drops it otherwise', async () => {
        const { queue, a } = start()
        const failed = { status: 'failed', code: 'storage-failed', result: '{}' } as const
        await queue.push(element('1'))
        await a.finish(await mustTake(a), { ...failed, retryable: true })
        await queue.push(element('1'))
        const again = await mustTake(a)
        expect(again).toMatchObject({ fence: 2, attempts: 0 })
        await a.finish(again, { ...failed, retryable: false })
        await queue.push(element('1'))
        expect(await a.take()).toBeUndefined()
      })
    })

    it('keeps of each job’s previews the newest alone, beside its events, and none of who has lost it', async () => {
      const { queue, a } = start()
      for (const id of ['1', '2']) await queue.push(element(id))
      const [first, second] = [await mustTake(a), await mustTake(a)]
      await a.progress(first, { step: 1 }, 'b2xk')
      await a.progress(first, { step: 2 }, 'bmV3')
      await a.progress(first, { step: 3 })
      expect(await a.progress({ ...second, token: 'another' }, { step: 1 }, 'bG9zdA==')).toBe(false)
      expect(await queue.previews(['1', '2', 'nobody'])).toEqual(new Map([['1', 'bmV3']]))
      expect(await queue.previews([])).toEqual(new Map())
      expect((await queue.events('1')).map(({ data }) => data).join()).not.toContain('bmV3')
    })

    describe('a fence', () => {
      it('refuses a worker whose job was given out anew', async () => {
        const { queue, a, b, advance } = start()
        await queue.push(element('1'))
        const old = await mustTake(a)
        await advance(OVER)
        expect(await queue.sweep()).toMatchObject({ requeued: 1 })
        const next = await mustTake(b)
        expect(next).toMatchObject({ id: '1', fence: 2, stalls: 1, attempts: 0 })

        expect(await a.beat([old])).toEqual(['lost'])
        expect(await a.progress(old, { step: 1 })).toBe(false)
        expect(await a.finish(old, completed)).toBe('lost')
        expect(await a.giveBack(old)).toBe('lost')
        expect(await a.retryLater(old, { code: 'internal', result: '' })).toBe('lost')

        expect(await b.finish(next, { ...completed, result: 'b' })).toBe('finished')
        expect(await a.finish(old, completed)).toBe('lost')
        expect(await queue.job('1')).toMatchObject({ status: 'completed', result: 'b' })
      })

      it('answers a finish again whose reply was lost', async () => {
        const { queue, a } = start()
        await queue.push(element('1'))
        const claim = await mustTake(a)
        expect(await a.finish(claim, completed)).toBe('finished')
        expect(await a.finish(claim, { ...completed, result: 'other' })).toBe('finished')
        expect(await queue.job('1')).toMatchObject({ result: completed.result })
      })
    })

    describe('a lease', () => {
      it('is kept by beats, for as many jobs as they name', async () => {
        const { queue, a, advance } = start()
        for (const id of ['1', '2']) await queue.push(element(id))
        const held = [await mustTake(a), await mustTake(a)]
        await advance(LEASE_MS * 0.7)
        expect(await a.beat(held.slice(0, 1), { state: 'busy' })).toEqual(['held'])
        expect(await queue.workers()).toMatchObject([{ name: 'a', health: '{"state":"busy"}' }])
        await advance(LEASE_MS * 0.7)
        const [before] = await queue.workers()
        await a.beat(held.slice(0, 1), { state: 'busy' })
        const [after] = await queue.workers()
        expect(Number(after?.lapsesAt) - Number(before?.lapsesAt)).toBeGreaterThan(0)
        expect(await queue.sweep()).toMatchObject({ requeued: 1 })
        expect(await a.beat(held)).toEqual(['held', 'lost'])
      })

      it('that lapsed is still good where nobody has taken the job', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        const claim = await mustTake(a)
        await advance(OVER)
        expect(await a.finish(claim, completed)).toBe('finished')
        expect(await queue.sweep()).toMatchObject({ requeued: 0 })
      })

      it('lapses later, and harms nothing, when the clock goes back', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        const claim = await mustTake(a)
        await advance(-3_600_000)
        expect(await queue.sweep()).toMatchObject({ requeued: 0 })
        expect(await a.beat([claim])).toEqual(['held'])
        expect(await a.finish(claim, completed)).toBe('finished')
      })

      it('is taken over once, however many sweep', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        await mustTake(a)
        await advance(OVER)
        const sweeps = await Promise.all(Array.from({ length: 12 }, () => queue.sweep()))
        expect(sweeps.reduce((sum, { requeued }) => sum + requeued, 0)).toBe(1)
        expect((await queue.depth()).waiting).toBe(1)
      })

      it('is looked after by one sweep in a while, where asked', async () => {
        const { queue } = start()
        const atMostEveryMs = 60_000
        expect((await queue.sweep({ atMostEveryMs })).swept).toBe(true)
        expect((await queue.sweep({ atMostEveryMs })).swept).toBe(false)
      })
    })
  })
}

/** The ids of all that there is to take, each finished at once. */
async function takenBy(worker: QueueWorker): Promise<string[]> {
  const ids: string[] = []
  for (let claim = await worker.take(); claim; claim = await worker.take()) {
    ids.push(claim.id)
    await worker.finish(claim, completed)
  }
  return ids
}

export async function mustTake(worker: QueueWorker): Promise<Claim> {
  const claim = await worker.take()
  if (!claim) throw new Error(`${worker.name} found nothing to take`)
  return claim
}

/** What waits, in the order in which it will be taken. */
export async function waitingIn({ byHand }: Queue, from = 0, count = 100) {
  return (await byHand.waiting({ from, count })).map(({ raw }) => raw)
}
