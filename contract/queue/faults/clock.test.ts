/** What a jump of Redis's clock does to those who wait by it. */
import { expect, it } from 'vitest'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { completed, element, idOf, LEASE_MS, mustTake } from '../queue.case.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'

const HOUR = 3_600_000

it.skipIf(redisMissing)('a clock that goes back an hour lets nobody wait for an hour', async () => {
  await using server = await testRedis()
  await using maker = redisQueueMaker(server.url)
  const settings = { leaseMs: LEASE_MS, blockMs: 40 }
  const { queue, advance } = maker.make({ settings, idOf, random: () => 1 })
  const [dead, b] = [queue.worker('dead'), queue.worker('b')]
  for (const id of ['held', 'delayed', 'finished', 'new']) await queue.push(element(id))
  await queue.sweep()
  await mustTake(dead)
  const failed = { code: 'storage-failed', result: '', atLeastMs: 20_000 } as const
  expect(await dead.retryLater(await mustTake(dead), failed)).toBe('delayed')
  await dead.finish(await mustTake(dead), completed)
  await advance(-HOUR)
  const claim = await mustTake(b)

  expect(await queue.sweep()).toMatchObject({ requeued: 0, promoted: 0 })
  await advance(LEASE_MS - 5_000)
  const due = await queue.callbacks.due({ count: 9, leaseMs: 10_000 })
  expect(due.map(({ id }) => id)).toEqual(['finished'])
  expect(await b.beat([claim])).toEqual(['held'])
  await advance(10_000)
  expect(await queue.sweep()).toMatchObject({ requeued: 1, promoted: 1 })
  expect(await b.beat([claim])).toEqual(['held'])
  expect((await queue.workers()).map(({ name }) => name)).toEqual(['b'])
  expect(await b.finish(claim, completed)).toBe('finished')
  expect([(await mustTake(b)).id, (await mustTake(b)).id]).toEqual(['delayed', 'held'])
})
