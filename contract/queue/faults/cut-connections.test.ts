/** What a connection that is cut, or loses a reply, does to the queue: nothing that a worker or a job would feel. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultProxy } from '#platform/redis/fault-proxy.case.ts'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { completed, element, idOf, mustTake } from '../queue.case.ts'
import { redisQueueMaker } from '../redis-queue.case.ts'

describe.skipIf(privateRedisMissing)('a connection', () => {
  let server: PrivateRedis
  let direct: ReturnType<typeof redisQueueMaker>
  let count = 0
  beforeAll(async () => {
    server = await privateRedis()
    direct = redisQueueMaker(server.url)
  })
  afterAll(async () => {
    await direct[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const start = (blockMs = 60) => {
    const name = `connections-${count++}`
    const options = { settings: { name, blockMs }, idOf, random: () => 1 }
    return { ...direct.make(options), options }
  }

  it('that loses the reply of a move loses no job and counts no death (F6)', async () => {
    const { queue, options } = start(1_500)
    await using proxy = await faultProxy(server.url)
    const through = redisQueueMaker(proxy.url)
    const a = through.make(options).queue.worker('a')
    // It is connected, and has a whole wait before it.
    await queue.push(element('0'))
    await a.finish(await mustTake(a), completed)
    const take = a.take()
    await eventually(async () => {
      const clients = String(await direct.redis.call('CLIENT', 'LIST'))
      return /flags=b .*cmd=blmove/.test(clients)
    })
    proxy.set('drop-replies')
    await queue.push(element('1'))
    await eventually(async () => (await queue.depth()).waiting === 0)
    proxy.set('pass')
    proxy.cutConnections()
    const claim = (await take) ?? (await mustTake(a))
    expect(claim).toMatchObject({ id: '1', stalls: 0, fence: 1 })
    await through[Symbol.asyncDispose]()
  })

  it('that loses the reply of a claim gives the same claim again', async () => {
    const { queue, options } = start()
    await using proxy = await faultProxy(server.url)
    const through = redisQueueMaker(proxy.url)
    const relayed = through.make(options).queue
    const a = relayed.worker('a')
    expect(await relayed.job('1')).toBeUndefined()
    await queue.push(element('1'))

    let calls = 0
    const { call } = through.redis
    Object.assign(through.redis, {
      call: (...args: Parameters<typeof call>) => {
        // The take's first script is the fetch, its second the claim.
        if (args[0] === 'EVALSHA' && ++calls === 2) proxy.set('drop-replies')
        return call(...args)
      },
    })
    // Redis has the scripts then, and none of the calls is repeated with its text.
    const warm = queue.worker('warm')
    await warm.giveBack(await mustTake(warm))
    const take = a.take()
    await eventually(async () => (await queue.job('1'))?.worker === 'a')
    proxy.set('pass')
    proxy.cutConnections()
    expect(await take).toMatchObject({ id: '1', fence: 2, stalls: 0 })
    await through[Symbol.asyncDispose]()
  })

  it('cut for longer than a lease ends in one completion, of the other worker (F7)', async () => {
    const { queue, advance, options } = start()
    await using proxy = await faultProxy(server.url)
    const through = redisQueueMaker(proxy.url)
    const a = through.make(options).queue.worker('a')
    await queue.push(element('1'))
    const old = await mustTake(a)
    proxy.set('black-hole')
    const late = a.finish(old, { ...completed, result: 'late' })
    await advance(30_001)
    await queue.sweep()
    const b = queue.worker('b')
    const next = await mustTake(b)
    expect(await b.finish(next, { ...completed, result: 'b' })).toBe('finished')
    proxy.set('pass')
    proxy.cutConnections()
    expect(await late).toBe('lost')
    expect(await queue.job('1')).toMatchObject({ result: 'b', fence: 2 })
    expect((await queue.depth()).owedCallbacks).toBe(1)
    await through[Symbol.asyncDispose]()
  })

  it('cut for less than a lease changes nothing (F8)', async () => {
    const { queue, advance, options } = start()
    await using proxy = await faultProxy(server.url)
    const through = redisQueueMaker(proxy.url)
    const a = through.make(options).queue.worker('a')
    await queue.push(element('1'))
    const claim = await mustTake(a)
    proxy.set('cut')
    const beat = a.beat([claim])
    await advance(15_000)
    expect(await queue.sweep()).toMatchObject({ requeued: 0 })
    proxy.set('pass')
    expect(await beat).toEqual(['held'])
    expect(await a.finish(claim, completed)).toBe('finished')
    await through[Symbol.asyncDispose]()
  })
})

/** Asks again and again until it is so. */
const eventually = (isSo: () => Promise<boolean>) => expect.poll(isSo, { interval: 10 }).toBe(true)
