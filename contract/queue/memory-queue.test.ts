import { describeByHand } from './by-hand.case.ts'
import { memoryQueue } from './memory-queue.ts'
import { describeQueue, type QueueMaker } from './queue.case.ts'
import { describeQueueEnds } from './queue-ends.case.ts'

async function open(): Promise<QueueMaker> {
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

describeQueue('the queue in memory', open)
describeQueueEnds('the queue in memory', open)
describeByHand('the queue in memory, by hand', open)
