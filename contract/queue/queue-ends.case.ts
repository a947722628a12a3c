/** How jobs end, on every queue: failing, cancelled, as dead letters; and what is told and counted of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completed, element, idOf, LEASE_MS, mustTake, type QueueMaker } from './queue.case.ts'
import type { QueueSettings } from './settings.ts'

export function describeQueueEnds(what: string, open: () => Promise<QueueMaker>): void {
  describe(what, () => {
    let maker: QueueMaker
    beforeAll(async () => {
      maker = await open()
    })
    afterAll(() => maker[Symbol.asyncDispose]())

    const start = (mostAttempts = 1, more: Partial<QueueSettings> = {}) => {
      const settings = { leaseMs: LEASE_MS, blockMs: 40, mostAttempts, ...more }
      const made = maker.make({ settings, idOf, random: () => 1 })
      return { ...made, a: made.queue.worker('a') }
    }
    const due = { count: 10, leaseMs: 10_000 }

    describe('a job that fails', () => {
      it('by killing three workers is a dead letter, and its neighbour runs', async () => {
        const { queue, a, advance } = start()
        for (const id of ['poison', 'fine']) await queue.push(element(id))
        const ids: string[] = []
        for (let death = 0; death < 3; death++) {
          const claim = await mustTake(a)
          ids.push(`${claim.id} ${claim.stalls}`)
          await advance(LEASE_MS + 1)
          const { requeued, delayed, dead } = await queue.sweep()
          expect([requeued, delayed, dead]).toEqual(
            [
              [1, 0, 0],
              [0, 1, 0],
              [0, 0, 1],
            ][death],
          )
          await advance(1_001)
          await queue.sweep()
        }
        expect(ids).toEqual(['poison 0', 'poison 1', 'poison 2'])
        expect((await mustTake(a)).id).toBe('fine')
        expect(await queue.job('poison')).toMatchObject({ status: 'failed', code: 'poison' })
        expect(await queue.dead.find('poison')).toMatchObject({ reason: 'poison', stalls: 3 })
        expect(await queue.callbacks.due({ count: 9, leaseMs: 1 })).toMatchObject([
          { id: 'poison' },
        ])
      })

      it('waits longer each time, at least as long as asked, and ends after the last attempt', async () => {
        const { queue, a, advance } = start(2, { backoff: { baseMs: 20_000, mostMs: 60_000 } })
        const failed = { code: 'storage-failed', result: '{"failed":true}' } as const
        await queue.push(element('1'))
        let began: number | undefined
        for (const [attempt, delay] of [20_000, 40_000].entries()) {
          const claim = await mustTake(a)
          began ??= claim.startedAt
          expect(claim).toMatchObject({ attempts: attempt, stalls: 0, firstSeenAt: began })
          expect(await a.retryLater(claim, failed)).toBe('delayed')
          await queue.push(element('1'))
          expect(await a.take()).toBeUndefined()
          await advance(delay - 10_000)
          expect(await queue.sweep()).toMatchObject({ promoted: 0 })
          await advance(10_001)
          expect(await queue.sweep()).toMatchObject({ promoted: 1 })
        }
        expect(await a.retryLater(await mustTake(a), failed)).toBe('dead')
        expect(await queue.dead.list({ from: 0, count: 9 })).toMatchObject([
          { id: '1', raw: element('1'), reason: 'storage-failed', attempts: 3 },
        ])
        expect(await queue.job('1')).toMatchObject({ status: 'failed', result: failed.result })
      })

      it('is delayed as long as a Retry-After said', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        const late = { code: 'storage-failed', result: '', atLeastMs: 90_000 } as const
        await a.retryLater(await mustTake(a), late)
        await advance(80_000)
        expect(await queue.sweep()).toMatchObject({ promoted: 0 })
        await advance(10_001)
        expect(await queue.sweep()).toMatchObject({ promoted: 1 })
      })
    })

    describe('a cancelled job', () => {
      it('is dropped where it waits, pushed before or after', async () => {
        const { queue, a } = start()
        await queue.push(element('before'))
        expect(await queue.cancel('before')).toBe('cancelled')
        expect(await queue.cancel('after')).toBe('cancelled')
        await queue.push(element('after'))
        expect(await a.take()).toBeUndefined()
        expect(await queue.job('after')).toMatchObject({ status: 'cancelled', duplicates: 1 })
      })

      it('is told to its holder at the next beat', async () => {
        const { queue, a } = start()
        await queue.push(element('1'))
        const claim = await mustTake(a)
        expect(await queue.cancel('1')).toBe('cancelling')
        expect(await a.beat([claim])).toEqual(['cancel'])
        expect(await a.finish(claim, { status: 'cancelled' })).toBe('finished')
        expect(await queue.cancel('1')).toBe('cancelled')
        expect(await queue.callbacks.due(due)).toMatchObject([{ id: '1', status: 'cancelled' }])
      })

      it('is not given out again when its holder gives it back, fails or dies', async () => {
        const { queue, a, advance } = start()
        for (const id of ['back', 'failed', 'dead']) await queue.push(element(id))
        const [back, failed] = [await mustTake(a), await mustTake(a), await mustTake(a)]
        for (const id of ['back', 'failed', 'dead']) await queue.cancel(id)
        expect(await a.giveBack(back)).toBe('cancelled')
        expect(await a.retryLater(failed, { code: 'internal', result: '' })).toBe('cancelled')
        await advance(LEASE_MS + 1)
        expect(await queue.sweep()).toMatchObject({ cancelled: 1, requeued: 0 })
        expect(await a.take()).toBeUndefined()
      })

      it('is dropped where it waits out a backoff', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        await a.retryLater(await mustTake(a), { code: 'internal', result: '' })
        expect(await queue.cancel('1')).toBe('cancelled')
        expect((await queue.depth()).delayed).toBe(0)
        await advance(60_000)
        expect(await queue.sweep()).toMatchObject({ promoted: 0 })
        expect(await queue.depth()).toMatchObject({ delayed: 0, waiting: 0 })
      })

      it('stays what it was where it had ended already', async () => {
        const { queue, a } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), completed)
        expect(await queue.cancel('1')).toBe('completed')
      })

      const lost = { code: 'storage-failed', result: '{}', retryable: true } as const
      const failed = { status: 'failed', ...lost } as const

      it('is dropped where it failed and was pushed again, and its owner is told once', async () => {
        const { queue, a } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), failed)
        for (let copies = 0; copies < 2; copies++) await queue.push(element('1'))
        expect(await queue.cancel('1')).toBe('cancelled')
        expect(await queue.cancel('1')).toBe('cancelled')
        expect(await a.take()).toBeUndefined()
        const told = (await queue.events('1')).filter(({ type }) => type === 'cancelled')
        expect(told).toHaveLength(1)
        expect(await queue.callbacks.due(due)).toMatchObject([{ id: '1', status: 'cancelled' }])
        expect(await queue.job('1')).toMatchObject({ status: 'cancelled' })
      })

      it('that failed and was not pushed again stays failed, and does not run if it is', async () => {
        const { queue, a } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), failed)
        expect(await queue.cancel('1')).toBe('failed')
        await queue.push(element('1'))
        expect(await a.take()).toBeUndefined()
        expect(await queue.job('1')).toMatchObject({ status: 'failed', duplicates: 1 })
      })
    })

    describe('events', () => {
      it('tell a job’s life in order, and go on from where one had read', async () => {
        const { queue, a } = start()
        await queue.push(element('1'))
        const first = await mustTake(a)
        expect(await a.giveBack(first)).toBe('queued')
        const claim = await mustTake(a)
        expect(await a.progress(claim, { step: 3, of: 15 })).toBe(true)
        const before = await queue.events('1')
        expect(before.map(({ type }) => type)).toEqual(['active', 'queued', 'active', 'progress'])
        expect(JSON.parse(before[3]?.data ?? '')).toEqual({ step: 3, of: 15 })
        await a.finish(claim, completed)
        const after = await queue.events('1', before[3]?.id)
        expect(after.map(({ type }) => type)).toEqual(['completed'])
        expect(await queue.events('nobody')).toEqual([])
      })

      it('of many jobs are read at once, of each after its own; none of those without news', async () => {
        const { queue, a } = start()
        expect(await queue.eventsOf([])).toEqual(new Map())
        for (const id of ['1', '2', '3']) await queue.push(element(id))
        const claims = [await mustTake(a), await mustTake(a), await mustTake(a)]
        const newest = async (id: string) => ({ id, after: (await queue.events(id)).at(-1)!.id })
        const known = [await newest('1'), await newest('2')]
        await a.progress(claims[1]!, { step: 1 })
        const read = await queue.eventsOf([...known, { id: '3' }, { id: 'nobody' }])
        expect([...read.keys()].toSorted()).toEqual(['2', '3'])
        expect(read.get('2')).toMatchObject([{ type: 'progress', data: '{"step":1}' }])
        expect(read.get('3')).toEqual(await queue.events('3'))
      })
    })

    describe('a dead letter', () => {
      it('runs again from nought when it is retried, and its callback is not owed meanwhile', async () => {
        const { queue, a, advance } = start()
        const failed = { code: 'storage-failed', result: '' } as const
        await queue.push(element('1'))
        await a.retryLater(await mustTake(a), failed)
        await advance(60_000)
        await queue.sweep()
        expect(await a.retryLater(await mustTake(a), failed)).toBe('dead')
        const letter = await queue.dead.find('1')
        expect(await queue.dead.retry(letter!)).toBe(true)
        expect(await queue.dead.retry(letter!)).toBe(false)
        expect(await queue.callbacks.due(due)).toEqual([])
        expect(await mustTake(a)).toMatchObject({ attempts: 0, stalls: 0, fence: 3 })
        expect((await queue.depth()).dead).toBe(0)
      })

      it('is gone when it is dropped, by its name', async () => {
        const { queue, a } = start()
        for (const raw of ['bad 1', 'bad 2']) await queue.push(raw)
        expect(await a.take()).toBeUndefined()
        const [, second] = await queue.dead.list({ from: 0, count: 2 })
        expect(await queue.dead.find(second?.name ?? '')).toEqual(second)
        expect(await queue.dead.drop(second!)).toBe(true)
        const left = await queue.dead.list({ from: 0, count: 2 })
        expect(left.map(({ raw }) => raw)).toEqual(['bad 1'])
      })
    })

    it('counts what waits where', async () => {
      const { queue, a, advance } = start()
      for (const id of ['1', '2', '3', '4']) await queue.push(element(id))
      await queue.push(element('5'), 'priority')
      await queue.push('{')
      await a.finish(await mustTake(a), completed)
      await a.retryLater(await mustTake(a), { code: 'internal', result: '' })
      await mustTake(a)
      expect(await queue.depth()).toEqual({
        ...{
          waiting: 2,
          priority: 1,
          delayed: 1,
          active: 1,
          dead: 0,
          owedCallbacks: 1,
          headAgeMs: 0,
        },
      })
      await advance(5_000)
      expect((await queue.depth()).headAgeMs).toBeGreaterThanOrEqual(5_000)
      await mustTake(a)
      expect((await queue.depth()).headAgeMs).toBe(0)
    })
  })
}
