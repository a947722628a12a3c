/** What Redis may forget, and when: never what is still owed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { lifetimes, queueKeys } from './keys.ts'
import { completed, element, idOf, mustTake } from './queue.case.ts'
import { redisQueueMaker } from './redis-queue.case.ts'

describe.skipIf(redisMissing)('a job on Redis', () => {
  let server: Awaited<ReturnType<typeof testRedis>>
  let maker: ReturnType<typeof redisQueueMaker>
  beforeAll(async () => {
    server = await testRedis()
    maker = redisQueueMaker(server.url)
  })
  afterAll(async () => {
    await maker[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const start = (name: string) => {
    const { queue } = maker.make({ settings: { name, blockMs: 40 }, idOf })
    const life = async () => Number(await maker.redis.call('PTTL', queueKeys(name).job('1')))
    return { queue, a: queue.worker('a'), life }
  }
  const FOREVER = -1
  const due = { count: 1, leaseMs: 1_000 }

  it('is kept until its callback is done with, then for a day', async () => {
    const { queue, a, life } = start('test-life-1')
    await queue.push(element('1'))
    await a.finish(await mustTake(a), completed)
    expect(await life()).toBe(FOREVER)
    const [owed] = await queue.callbacks.due(due)
    expect(await life()).toBe(FOREVER)
    await queue.callbacks.done(owed!)
    expect(await life()).toBeGreaterThan(lifetimes.completed - 10_000)
    expect(await life()).toBeLessThanOrEqual(lifetimes.completed)
  })

  it('that runs again after it failed is kept again', async () => {
    const { queue, a, life } = start('test-life-2')
    const failed = { status: 'failed', code: 'internal', result: '', retryable: true } as const
    await queue.push(element('1'))
    await a.finish(await mustTake(a), failed)
    const [owed] = await queue.callbacks.due(due)
    await queue.callbacks.done(owed!)
    expect(await life()).toBeGreaterThan(lifetimes.completed)
    await queue.push(element('1'))
    await mustTake(a)
    expect(await life()).toBe(FOREVER)
  })

  it('cancelled before anybody took it is remembered for a week', async () => {
    const { queue, life } = start('test-life-3')
    await queue.cancel('1')
    expect(await life()).toBeGreaterThan(lifetimes.ended - 10_000)
  })

  it('is drawn without its previews outliving it', async () => {
    const { queue, a } = start('test-life-4')
    await queue.push(element('1'))
    await a.progress(await mustTake(a), { step: 1 }, 'bmV3')
    const left = await maker.redis.call('PTTL', queueKeys('test-life-4').preview('1'))
    expect(Number(left)).toBeGreaterThan(0)
    expect(Number(left)).toBeLessThanOrEqual(lifetimes.preview)
  })
})
