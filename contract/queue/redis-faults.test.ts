/** What workers and servers do to the queue when they fail, on a real Redis; connections are in `faults/`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectRedis } from '#platform/redis/connect.ts'
import {
  type PrivateRedis,
  privateRedis,
  privateRedisMissing,
} from '#platform/redis/test-server.case.ts'
import { Failure } from '../failure.ts'
import { queueKeys } from './keys.ts'
import { probeRedis } from './probe-redis.ts'
import { completed, element, idOf, mustTake, waitingIn } from './queue.case.ts'
import type { RedisCommands } from './redis-commands.ts'
import { redisQueueMaker } from './redis-queue.case.ts'
import { scriptsOn } from './redis-scripts.ts'

describe.skipIf(privateRedisMissing)('on a Redis that fails', () => {
  let server: PrivateRedis
  let direct: ReturnType<typeof redisQueueMaker>
  let count = 0
  beforeAll(async () => {
    server = await privateRedis('--appendonly', 'yes', '--appendfsync', 'always')
    direct = redisQueueMaker(server.url)
  })
  afterAll(async () => {
    await direct[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const start = () => {
    const name = `faults-${count++}`
    const settings = { name, blockMs: 60 }
    const { queue, advance } = direct.make({ settings, idOf, random: () => 1 })
    return { queue, advance, keys: queueKeys(name) }
  }

  describe('a worker', () => {
    it('killed between its move and its claim leaves the job to others, uncounted (F2)', async () => {
      const { queue, advance, keys } = start()
      const dead = queue.worker('dead')
      await dead.take()
      for (const id of ['1', '2', '3']) await queue.push(element(id))
      for (let moved = 0; moved < 2; moved++) {
        await direct.redis.call('LMOVE', keys.queue, keys.inbox('dead'), 'LEFT', 'RIGHT')
      }
      await advance(30_001)
      expect(await queue.sweep()).toMatchObject({ returned: 2, requeued: 0 })
      const order = ['1', '2', '3'].map(element)
      expect(await waitingIn(queue)).toEqual(order)
      expect(await mustTake(queue.worker('b'))).toMatchObject({ id: '1', fence: 1, stalls: 0 })
    })

    it('that beats between the look and the grasp of a sweep keeps its job', async () => {
      const { queue, keys } = start()
      const a = queue.worker('a')
      await queue.push(element('1'))
      const claim = await mustTake(a)
      const { active, outbox, delayed, dead } = keys
      const those = [keys.job('1'), active, outbox, keys.events('1'), keys.queue, delayed, dead]
      const grasp = scriptsOn(direct.redis, false)('reclaim', those, ['1', 'LEFT', 2, 1_000])
      expect(await grasp).toBe('held')
      expect(await a.finish(claim, completed)).toBe('finished')
    })

    it('that nobody remembers leaves its inbox to the search for orphans (F3)', async () => {
      const { queue, keys } = start()
      for (const id of ['1', '2']) await queue.push(element(id))
      await direct.redis.call('LMOVE', keys.queue, keys.inbox('unknown'), 'LEFT', 'RIGHT')
      expect(await queue.sweep()).toMatchObject({ returned: 0 })
      expect(await queue.scanOrphans()).toBe(1)
      expect((await mustTake(queue.worker('b'))).id).toBe('1')
    })

    it('that lives is not robbed of its inbox', async () => {
      const { queue, keys } = start()
      const a = queue.worker('a')
      await a.take()
      await queue.push(element('1'))
      await direct.redis.call('LMOVE', keys.queue, keys.inbox('a'), 'LEFT', 'RIGHT')
      expect(await queue.sweep()).toMatchObject({ returned: 0 })
      expect(await queue.scanOrphans()).toBe(0)
      expect((await mustTake(a)).id).toBe('1')
    })

    it('frozen and thawed has lost its job, and is known again at its next take (F22)', async () => {
      const { queue, advance } = start()
      const [a, b] = [queue.worker('a'), queue.worker('b')]
      await queue.push(element('1'))
      const old = await mustTake(a)
      await advance(30_001)
      await queue.sweep()
      const next = await mustTake(b)
      expect(await a.take()).toBeUndefined()
      expect((await queue.workers()).map(({ name }) => name).toSorted()).toEqual(['a', 'b'])
      expect(await a.finish(old, completed)).toBe('lost')
      expect(await b.finish(next, completed)).toBe('finished')
    })
  })

  describe('Redis', () => {
    it('killed and started anew has every job, and takes the finish that waited for it (F4)', async () => {
      const { queue } = start()
      const a = queue.worker('a')
      for (const id of ['1', '2']) await queue.push(element(id))
      const claim = await mustTake(a)
      await server.kill()
      const finish = a.finish(claim, completed)
      await server.restart()
      expect(await finish).toBe('finished')
      expect((await mustTake(a)).id).toBe('2')
    })

    it('that forgot its scripts is told them again (F24)', async () => {
      const { queue } = start()
      const a = queue.worker('a')
      await queue.push(element('1'))
      await direct.redis.call('SCRIPT', 'FLUSH')
      expect(await a.finish(await mustTake(a), completed)).toBe('finished')
    })

    it('that forgot everything has no job to finish (F5)', async () => {
      const { queue } = start()
      const a = queue.worker('a')
      await queue.push(element('1'))
      const claim = await mustTake(a)
      await direct.redis.call('FLUSHALL')
      expect(await a.finish(claim, completed)).toBe('lost')
      expect(await queue.job('1')).toBeUndefined()
    })

    it('keeps an element that is no UTF-8 byte for byte, parked and retried', async () => {
      const { queue, keys } = start()
      const push = `redis.call('RPUSH', KEYS[1], '\\255\\254{')`
      await direct.redis.call('EVAL', push, 1, keys.queue)
      expect(await queue.worker('a').take()).toBeUndefined()
      const [letter] = await queue.dead.list({ from: 0, count: 1 })
      expect(await queue.dead.retry(letter!)).toBe(true)
      const same = `return redis.call('LINDEX', KEYS[1], 0) == '\\255\\254{' and 1 or 0`
      expect(await direct.redis.call('EVAL', same, 1, keys.queue)).toBe(1)
    })

    it('is refused where it evicts, warned of where it forgets, and taken as it should be', async () => {
      const { redis } = direct
      expect(await probeRedis(redis, { name: 'probe' })).toEqual([])
      await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      await redis.call('CONFIG', 'SET', 'appendonly', 'no')
      const evicting = probeRedis(redis, { name: 'probe' })
      await expect(evicting).rejects.toThrow('Set maxmemory-policy noeviction')
      await expect(evicting).rejects.toMatchObject({ code: 'configuration-invalid' })
      const warnings = await probeRedis(redis, { name: 'probe', allowUnsafe: true })
      expect(warnings).toHaveLength(2)
      expect(warnings[1]).toContain('appendonly yes')
      await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    })

    it('is not called unfit where it goes away while it is probed', async () => {
      await using redis = connectRedis(server.url, { purpose: 'gateway', name: 'probe' })
      await expect.poll(() => redis.call('PING').then(Boolean, () => false)).toBe(true)
      const leaving: RedisCommands = {
        async call(command, ...args) {
          const reply = await redis.call(command, ...args)
          if (command === 'INFO') await redis.close()
          return reply
        },
      }
      const probe = probeRedis(leaving, { name: 'probe' })
      await expect(probe).rejects.toMatchObject({ code: 'queue-unavailable' })
    })

    it('that is not Upstash refuses the flag of Upstash, and the probe says so', async () => {
      const probe = probeRedis(direct.redis, { name: 'probe', upstash: true })
      await expect(probe).rejects.toThrow('refuses the queue’s scripts')
    })
  })

  it('a gateway hears at once that Redis is gone, and no message holds the password', async () => {
    const url = 'redis://:sesame@127.0.0.1:1'
    await using gone = connectRedis(url, { purpose: 'gateway', name: 'test' })
    const error = await gone.call('PING').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ code: 'queue-unavailable' })
    expect(String(error)).not.toContain('sesame')
    const notRedis = () => connectRedis('http://:sesame@host', { purpose: 'gateway', name: 'test' })
    expect(notRedis).toThrow('REDIS_URL is not a URL of Redis')
    expect(notRedis).not.toThrow('sesame')
  })
})
