/** What is owed once a job has ended, on every queue: callbacks to receivers, settlements to gateways. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completed, element, idOf, LEASE_MS, mustTake, type QueueMaker } from './queue.case.ts'
import type { QueueSettings } from './settings.ts'

export function describeQueueOwed(what: string, open: () => Promise<QueueMaker>): void {
  describe(what, () => {
    let maker: QueueMaker
    beforeAll(async () => {
      maker = await open()
    })
    afterAll(() => maker[Symbol.asyncDispose]())

    const start = (settings: Partial<QueueSettings> = {}) => {
      const given = { leaseMs: LEASE_MS, blockMs: 40, ...settings }
      const made = maker.make({ settings: given, idOf, random: () => 1 })
      return { ...made, a: made.queue.worker('a') }
    }
    const due = { count: 10, leaseMs: 10_000 }

    describe('a settlement', () => {
      const ofGateway = (id: string) => JSON.stringify({ id, owner: 'gateway' })

      it('is owed for a job of the gateway, and no callback, however the job ends', async () => {
        const { queue, a, advance } = start({ mostAttempts: 0, mostStalls: 0 })
        const ways = ['finished', 'cancelled', 'failed', 'poison', 'dropped']
        for (const id of ways) await queue.push(ofGateway(id))
        await a.finish(await mustTake(a), completed)
        const cancelled = await mustTake(a)
        await queue.cancel(cancelled.id)
        await a.giveBack(cancelled)
        await a.retryLater(await mustTake(a), { code: 'storage-failed', result: '{}' })
        await mustTake(a)
        await advance(LEASE_MS + 1)
        await queue.sweep()
        await queue.byHand.drop('dropped')

        const settled = await queue.settlements.due({ count: 9, leaseMs: 10_000 })
        expect(settled.map(({ id }) => id).toSorted()).toEqual(ways.toSorted())
        expect(await queue.callbacks.due(due)).toEqual([])
        expect(await queue.settlements.due(due)).toEqual([])
        for (const each of settled) await queue.settlements.done(each)
        await advance(10_001)
        expect(await queue.settlements.due(due)).toEqual([])
      })

      it('is put off, and keeps the job until it is done', async () => {
        const { queue, a, advance } = start()
        await queue.push(ofGateway('1'))
        await a.finish(await mustTake(a), completed)
        const [first] = await queue.settlements.due(due)
        await queue.settlements.later(first!, 2_000)
        expect(await queue.settlements.due(due)).toEqual([])
        await advance(2_001)
        expect(await queue.settlements.due(due)).toMatchObject([{ id: '1', attempt: 2 }])
      })
    })

    describe('a callback', () => {
      it('is owed from the finish on, to one who asks at a time, until it is done', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), completed)
        const [first, ...others] = await queue.callbacks.due(due)
        expect(first).toMatchObject({ ...completed, id: '1', attempt: 1, raw: element('1') })
        expect(others).toEqual([])
        expect(await queue.callbacks.due(due)).toEqual([])

        await advance(10_001)
        const [second] = await queue.callbacks.due(due)
        expect(second?.attempt).toBe(2)
        await queue.callbacks.later(second!, 300_000)
        await advance(290_000)
        expect(await queue.callbacks.due(due)).toEqual([])
        await advance(10_001)
        const [third] = await queue.callbacks.due(due)
        expect(third?.attempt).toBe(3)
        await queue.callbacks.done(third!)
        await advance(86_000_000)
        expect(await queue.callbacks.due(due)).toEqual([])
        expect((await queue.depth()).owedCallbacks).toBe(0)
      })

      it('that is put back untried is due again as the same try, unless it was leased anew since', async () => {
        const { queue, a, advance } = start()
        await queue.push(element('1'))
        await a.finish(await mustTake(a), completed)
        const [first] = await queue.callbacks.due(due)
        await queue.callbacks.putBack(first!, 2_000)
        expect(await queue.callbacks.due(due)).toEqual([])
        await advance(2_001)
        const [again] = await queue.callbacks.due(due)
        expect(again?.attempt).toBe(1)
        await advance(10_001)
        const [second] = await queue.callbacks.due(due)
        await queue.callbacks.putBack(again!, 0)
        expect(second?.attempt).toBe(2)
        await queue.callbacks.later(again!, 0)
        expect(await queue.callbacks.due(due)).toEqual([])
      })

      it('of an earlier life cannot strike that of a later one', async () => {
        const { queue, a } = start()
        const failed = { status: 'failed', code: 'internal', result: '', retryable: true } as const
        await queue.push(element('1'))
        await a.finish(await mustTake(a), failed)
        const [early] = await queue.callbacks.due(due)
        await queue.push(element('1'))
        await a.finish(await mustTake(a), completed)
        await queue.callbacks.done(early!)
        const [late] = await queue.callbacks.due(due)
        expect(late).toMatchObject({ status: 'completed', fence: 2, attempt: 1 })
      })
    })
  })
}
