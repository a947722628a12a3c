import { expect, it } from 'vitest'
import { describeByHand } from './by-hand.case.ts'
import { lifetimes } from './keys.ts'
import { memoryQueue } from './memory-queue.ts'
import { describeQueue, element, idOf, mustTake, type QueueMaker } from './queue.case.ts'
import { describeQueueEnds } from './queue-ends.case.ts'
import { describeQueueOwed } from './queue-owed.case.ts'

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

it('forgets a preview when Redis would', async () => {
  let now = 0
  const queue = memoryQueue({ idOf, clock: () => now })
  const a = queue.worker('a')
  await queue.push(element('1'))
  await a.progress(await mustTake(a), { step: 1 }, 'bmV3')
  expect((await queue.previews(['1'])).get('1')).toBe('bmV3')
  now += lifetimes.preview
  expect(await queue.previews(['1'])).toEqual(new Map())
})

describeQueue('the queue in memory', open)
describeQueueEnds('the queue in memory', open)
describeQueueOwed('the queue in memory', open)
describeByHand('the queue in memory, by hand', open)
