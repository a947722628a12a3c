import { describe, expect, it } from 'vitest'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { element, idOf, mustTake } from './queue.case.ts'
import { redisQueueMaker } from './redis-queue.case.ts'

describe.skipIf(privateRedisMissing)('by hand, a Redis whose memory is full', () => {
  it('can be looked into and emptied, though nothing goes back', async () => {
    await using redis = await privateRedis('--maxmemory', '5mb', '--maxmemory-policy', 'noeviction')
    await using maker = redisQueueMaker(redis.url)
    const { queue } = maker.make({ settings: { blockMs: 40, mostAttempts: 0 }, idOf })
    const { byHand, dead } = queue
    const worker = queue.worker('a')
    await queue.push(element('failed'))
    const failed = { status: 'failed', code: 'internal', result: '', retryable: false } as const
    await worker.finish(await mustTake(worker), failed)
    await queue.push(element('dead'))
    await worker.retryLater(await mustTake(worker), { code: 'internal', result: '' })
    await queue.push(element('held'))
    await mustTake(worker)
    await queue.push(element('waits'))
    const fill = async () => {
      for (let i = 0; ; i++) await queue.push(element(`j${i}`.padEnd(20_000, 'x')))
    }
    await expect(fill()).rejects.toThrow('OOM')

    expect(await queue.depth()).toMatchObject({ active: 1, dead: 1 })
    expect(await byHand.active(9)).toMatchObject([{ id: 'held' }])
    expect(await byHand.findWaiting('waits')).toMatchObject({ ahead: 0 })
    await expect(byHand.retry('failed')).rejects.toThrow('OOM')
    expect(await byHand.drop('held')).toEqual({ answer: 'cancelling', copies: 0 })
    expect(await byHand.drop('waits')).toEqual({ answer: 'dropped', copies: 1 })
    expect(await dead.drop((await dead.find('dead'))!)).toBe(true)
  })
})
