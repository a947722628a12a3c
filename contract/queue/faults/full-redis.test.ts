import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { privateRedis, privateRedisMissing } from '#platform/redis/test-server.case.ts'
import { completed, element, idOf, mustTake } from '../queue.case.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'

describe.skipIf(privateRedisMissing)('a Redis whose memory is full', () => {
  it('takes no more jobs, and lets workers take, keep, finish and deliver those that it has (F23)', async () => {
    await using redis = await privateRedis('--maxmemory', '6mb', '--maxmemory-policy', 'noeviction')
    const settings = { leaseMs: 300, blockMs: 40, backoff: { baseMs: 100, mostMs: 100 } }
    await using maker = redisQueueMaker(redis.url)
    const { queue } = maker.make({ settings, idOf, random: () => 1 })
    const [a, b] = [queue.worker('a'), queue.worker('b')]
    let pushed = 0
    const fill = async () => {
      for (;;) await queue.push(element(`j${pushed++}`.padEnd(100, 'x')))
    }
    await expect(fill()).rejects.toThrow('OOM')
    const held = await mustTake(a)
    expect(await a.beat([held])).toEqual(['held'])
    expect(await a.progress(held, { step: 1 })).toBe(true)
    expect(await a.finish(held, completed)).toBe('finished')
    const [owed] = await queue.callbacks.due({ count: 1, leaseMs: 10_000 })
    await queue.callbacks.done(owed!)
    const later = await mustTake(a)
    expect(await a.retryLater(later, { code: 'storage-failed', result: '' })).toBe('delayed')
    const lost = await mustTake(a)
    // Jumps of the clock are writes too, which Redis would refuse.
    await sleep(310)
    // As workers do, of whom one sweeps for all.
    expect(await queue.sweep({ atMostEveryMs: 10_000 })).toMatchObject({ requeued: 1, promoted: 1 })
    expect(await queue.sweep({ atMostEveryMs: 10_000 })).toMatchObject({ swept: false })
    expect((await mustTake(b)).id).toBe(later.id)
    const again = await mustTake(b)
    expect(again).toMatchObject({ id: lost.id, stalls: 1 })
    expect(await queue.cancel(again.id)).toBe('cancelling')
    await b.leave([])
    await expect(queue.push(element('more'))).rejects.toThrow('OOM')
  })
})
