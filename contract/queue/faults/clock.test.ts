/** What a jump of the queue's clock does to those who wait by it. */
import { describe, expect, it } from 'vitest'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { memoryQueue } from '../memory-queue.ts'
import { completed, element, idOf, LEASE_MS, mustTake, type QueueUnderTest } from '../queue.case.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'

const HOUR = 3_600_000
const options = { settings: { leaseMs: LEASE_MS, blockMs: 40 }, idOf, random: () => 1 }

async function letsNobodyWait({ queue, advance }: QueueUnderTest): Promise<void> {
  const [dead, b] = [queue.worker('dead'), queue.worker('b')]
  for (const id of ['held', 'delayed', 'finished', 'new']) await queue.push(element(id))
  await queue.sweep()
  await mustTake(dead)
  const failed = { code: 'storage-failed', result: '', atLeastMs: 20_000 } as const
  expect(await dead.retryLater(await mustTake(dead), failed)).toBe('delayed')
  await dead.finish(await mustTake(dead), completed)
  await advance(-HOUR)
  const claim = await mustTake(b)

  const atMostEveryMs = 1_000
  expect(await queue.sweep({ atMostEveryMs })).toMatchObject({ swept: true, requeued: 0 })
  await advance(LEASE_MS - 5_000)
  const due = await queue.callbacks.due({ count: 9, leaseMs: 10_000 })
  expect(due.map(({ id }) => id)).toEqual(['finished'])
  expect(await b.beat([claim])).toEqual(['held'])
  await advance(10_000)
  await queue.sweep()
  expect(await b.beat([claim])).toEqual(['held'])
  expect((await queue.workers()).map(({ name }) => name)).toEqual(['b'])
  expect(await b.finish(claim, completed)).toBe('finished')
  const others = [(await mustTake(b)).id, (await mustTake(b)).id]
  expect(others.toSorted()).toEqual(['delayed', 'held'])
}

describe('a clock that goes back an hour', () => {
  it.skipIf(redisMissing)('lets nobody wait for an hour on Redis', async () => {
    await using server = await testRedis()
    await using maker = redisQueueMaker(server.url)
    await letsNobodyWait(maker.make(options))
  })

  it('lets nobody wait for an hour in memory', async () => {
    let skew = 0
    const queue = memoryQueue({ ...options, clock: () => Date.now() + skew })
    await letsNobodyWait({
      queue,
      async advance(ms) {
        skew += ms
      },
    })
  })
})
