import { describe } from 'vitest'
import { memoryQueue } from '#contract'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import type { QueueMaker } from '../../../contract/queue/queue.case.ts'
import { redisQueueMaker } from '../../../contract/queue/redis-queue.case.ts'
import { describeLoop } from './loop.case.ts'
import { describeLoopInTrouble } from './loop-trouble.case.ts'

async function inMemory(): Promise<QueueMaker> {
  return {
    make(options) {
      let skew = 0
      const queue = memoryQueue({ ...options, clock: () => Date.now() + skew })
      return {
        queue,
        async advance(ms) {
          skew += ms
        },
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

async function onRedis(): Promise<QueueMaker> {
  const redis = await testRedis()
  const maker = redisQueueMaker(redis.url)
  return {
    ...maker,
    async [Symbol.asyncDispose]() {
      await maker[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}

describeLoop('the loop on a queue in memory', inMemory)
describeLoopInTrouble('the loop in trouble on a queue in memory', inMemory)

describe.skipIf(redisMissing)('on Redis', () => {
  describeLoop('the loop on Redis', onRedis)
  describeLoopInTrouble('the loop in trouble on Redis', onRedis)
})
