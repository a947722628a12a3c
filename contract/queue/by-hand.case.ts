/** What a person sees and does by hand, on every queue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  completed,
  element,
  idOf,
  LEASE_MS,
  mustTake,
  type QueueMaker,
  waitingIn,
} from './queue.case.ts'

export function describeByHand(what: string, open: () => Promise<QueueMaker>): void {
  describe(what, () => {
    let maker: QueueMaker
    beforeAll(async () => {
      maker = await open()
    })
    afterAll(() => maker[Symbol.asyncDispose]())

    const start = (pop: 'left' | 'right' = 'left') => {
      const settings = { leaseMs: LEASE_MS, blockMs: 40, mostAttempts: 1, pop }
      const made = maker.make({ settings, idOf, random: () => 1 })
      return { ...made, byHand: made.queue.byHand, a: made.queue.worker('a') }
    }
    const due = { count: 10, leaseMs: 10_000 }
    const lost = { code: 'storage-failed', result: '{}' } as const
    const refused = {
      status: 'failed',
      code: 'request-invalid',
      result: '{}',
      retryable: false,
    } as const

    it.each(['left', 'right'] as const)(
      'shows what waits in order, taken from the %s',
      async (pop) => {
        const { queue, byHand } = start(pop)
        for (const id of ['1', '2', '3']) await queue.push(element(id))
        await queue.push(element('first'), 'priority')
        const bytes = element('2').length
        expect(await byHand.waiting({ from: 1, count: 1 })).toEqual([{ bytes, raw: element('2') }])
        expect(await byHand.waiting({ from: 0, count: 9 })).toHaveLength(3)
        expect(await byHand.waiting({ from: 0, count: 0 })).toEqual([])
        const hurried = await byHand.waiting({ from: 0, count: 9, lane: 'priority' })
        expect(hurried.map(({ raw }) => raw)).toEqual([element('first')])
      },
    )

    it('tells of an element that is longer than any job how long it is, and no more', async () => {
      const { queue, byHand } = start()
      await queue.push(`"${'x'.repeat(300_000)}"`)
      expect(await byHand.waiting({ from: 0, count: 9 })).toEqual([{ bytes: 300_002 }])
    })

    it.each(['left', 'right'] as const)(
      'finds one of many that wait, taken from the %s',
      async (pop) => {
        const { queue, byHand } = start(pop)
        for (let i = 0; i < 120; i++) await queue.push(element(`j${i}`))
        await queue.push(element('j7'))
        for (const [id, ahead] of [
          ['j0', 0],
          ['j7', 7],
          ['j119', 119],
        ] as const) {
          const found = { id, raw: element(id), normalised: element(id), lane: 'queue', ahead }
          expect(await byHand.findWaiting(id)).toEqual(found)
        }
        expect(await byHand.findWaiting('nobody')).toBeUndefined()
      },
    )

    it('shows who holds a job, since when, and for how long yet', async () => {
      const { queue, byHand, a, advance } = start()
      for (const id of ['1', '2']) await queue.push(element(id))
      const claim = await mustTake(a)
      await advance(10_000)
      await mustTake(a)
      await queue.cancel('2')
      const [first, second, ...others] = await byHand.active(9)
      expect(others).toEqual([])
      expect(first).toMatchObject({ id: '1', worker: 'a', fence: claim.fence, isCancelled: false })
      expect(second).toMatchObject({ id: '2', isCancelled: true })
      expect(first?.left).toBeLessThanOrEqual(LEASE_MS - 10_000)
      expect(first?.left).toBeGreaterThan(LEASE_MS - 20_000)
      expect(second?.left).toBeGreaterThan(LEASE_MS - 10_000)
      expect(first?.sinceStart).toBeGreaterThanOrEqual(0)
      expect(await byHand.active(1)).toHaveLength(1)
    })

    it('shows what is delayed, soonest first, and what ended with its callback', async () => {
      const { queue, byHand, a } = start()
      for (const id of ['late', 'soon', 'done']) await queue.push(element(id))
      await a.retryLater(await mustTake(a), { ...lost, atLeastMs: 90_000 })
      await a.retryLater(await mustTake(a), lost)
      await a.finish(await mustTake(a), completed)
      const delayed = await byHand.delayed(9)
      expect(delayed.map(({ id, attempts }) => [id, attempts])).toEqual([
        ['soon', 1],
        ['late', 1],
      ])
      expect(delayed[1]?.left).toBeGreaterThan(80_000)
      const [done, nobody] = await byHand.glance(['done', 'nobody'])
      expect(nobody).toBeUndefined()
      expect(done).toMatchObject({ status: 'completed', callbacks: 0 })
      expect(done).not.toHaveProperty('worker')
      expect(done).not.toHaveProperty('left')
      expect(done?.untilCallback).toBeLessThanOrEqual(0)
      expect(done?.sinceEnd).toBeGreaterThanOrEqual(0)
      await queue.callbacks.done((await queue.callbacks.due(due))[0]!)
      expect((await byHand.glance(['done']))[0]).not.toHaveProperty('untilCallback')
    })

    describe('a job that is dropped', () => {
      it('while it waits is gone, all copies of it, and its owner is told', async () => {
        const { queue, byHand, a } = start()
        for (const id of ['1', '2', '1']) await queue.push(element(id))
        expect(await byHand.drop('1')).toEqual({ answer: 'dropped', copies: 2 })
        expect(await queue.depth()).toMatchObject({ waiting: 1, owedCallbacks: 1 })
        const [owed] = await queue.callbacks.due(due)
        expect(owed).toMatchObject({ id: '1', status: 'cancelled', raw: element('1'), fence: 1 })
        await queue.callbacks.done(owed!)
        expect((await queue.depth()).owedCallbacks).toBe(0)
        await queue.push(element('1'))
        expect((await mustTake(a)).id).toBe('2')
        expect(await a.take()).toBeUndefined()
        expect(await byHand.drop('1')).toEqual({ answer: 'cancelled', copies: 0 })
      })

      it('from the priority lane is gone from there', async () => {
        const { queue, byHand } = start()
        await queue.push(element('1'), 'priority')
        expect(await byHand.drop('1')).toEqual({ answer: 'dropped', copies: 1 })
        expect((await queue.depth()).priority).toBe(0)
      })

      it('while it waits out a backoff does not come back', async () => {
        const { queue, byHand, a, advance } = start()
        await queue.push(element('1'))
        await a.retryLater(await mustTake(a), lost)
        expect(await byHand.drop('1')).toEqual({ answer: 'dropped', copies: 0 })
        await advance(60_000)
        expect(await queue.sweep()).toMatchObject({ promoted: 0 })
        expect(await queue.callbacks.due(due)).toMatchObject([
          { id: '1', status: 'cancelled', raw: element('1') },
        ])
      })

      it('while it runs is cancelled by its holder', async () => {
        const { queue, byHand, a } = start()
        await queue.push(element('1'))
        const claim = await mustTake(a)
        expect(await byHand.drop('1')).toEqual({ answer: 'cancelling', copies: 0 })
        expect(await a.beat([claim])).toEqual(['cancel'])
      })

      it('after it had ended stays as it was, and its second copy goes', async () => {
        const { queue, byHand, a } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), completed)
        await queue.push(element('1'))
        expect(await byHand.drop('1')).toEqual({ answer: 'completed', copies: 1 })
        expect(await queue.job('1')).toMatchObject({ status: 'completed' })
        expect(await byHand.drop('nobody')).toEqual({ answer: 'unknown', copies: 0 })
      })

      it('after it failed and was pushed anew is cancelled, and told of once more', async () => {
        const { queue, byHand, a } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), { ...refused, code: 'internal', retryable: true })
        const [early] = await queue.callbacks.due(due)
        await queue.push(element('1'))
        expect(await byHand.drop('1')).toEqual({ answer: 'dropped', copies: 1 })
        await queue.callbacks.done(early!)
        expect(await queue.callbacks.due(due)).toMatchObject([{ status: 'cancelled', fence: 2 }])
      })
    })

    describe('a failed job that is retried', () => {
      it('runs again after all others, from nought, and its failure is told no more', async () => {
        const { queue, byHand, a } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), refused)
        await queue.push(element('2'))
        expect(await byHand.retry('1')).toBe('retried')
        expect(await byHand.retry('1')).toBe('queued')
        expect(await queue.callbacks.due(due)).toEqual([])
        expect((await mustTake(a)).id).toBe('2')
        const again = await mustTake(a)
        expect(again).toMatchObject({ id: '1', fence: 2, attempts: 0, stalls: 0 })
        expect(await byHand.retry('1')).toBe('active')
        expect(await a.finish(again, completed)).toBe('finished')
        expect(await queue.callbacks.due(due)).toMatchObject([{ id: '1', status: 'completed' }])
        expect(await byHand.retry('1')).toBe('completed')
        expect(await byHand.retry('nobody')).toBe('unknown')
      })
    })

    it('finds one dead letter behind a hundred others', async () => {
      const { queue, a } = start()
      for (let i = 0; i < 101; i++) await queue.push(`bad ${i}`)
      expect(await a.take()).toBeUndefined()
      const [last] = await queue.dead.list({ from: 100, count: 1 })
      expect(await queue.dead.retry(last!)).toBe(true)
      expect(await waitingIn(queue)).toEqual(['bad 100'])
      expect((await queue.depth()).dead).toBe(100)
    })
  })
}
