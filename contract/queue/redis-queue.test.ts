import { describe } from 'vitest'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { describeByHand } from './by-hand.case.ts'
import { describeQueue, type QueueMaker } from './queue.case.ts'
import { describeQueueEnds } from './queue-ends.case.ts'
import { describeQueueOwed } from './queue-owed.case.ts'
import { redisQueueMaker } from './redis-queue.case.ts'

async function open(): Promise<QueueMaker> {
  const server = await testRedis()
  const maker = redisQueueMaker(server.url)
  return {
    make: maker.make,
    async [Symbol.asyncDispose]() {
      await maker[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe.skipIf(redisMissing)('on Redis', () => {
  describeQueue('the queue', open)
  describeQueueEnds('the queue', open)
  describeQueueOwed('the queue', open)
  describeByHand('the queue by hand', open)
})
