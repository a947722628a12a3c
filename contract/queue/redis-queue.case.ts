/** Queues on a real Redis for tests: each under a name of its own, whose keys are gone afterwards. */
import { randomUUID } from 'node:crypto'
import { connectRedis, type RedisConnection } from '#platform/redis/connect.ts'
import { queueKeys } from './keys.ts'
import type { QueueMaker } from './queue.case.ts'
import { redisQueue } from './redis-queue.ts'

export function redisQueueMaker(url: string): QueueMaker & { readonly redis: RedisConnection } {
  const redis = connectRedis(url, { purpose: 'worker', name: 'test' })
  const connections: RedisConnection[] = [redis]
  const names: string[] = []
  return {
    redis,
    make(options) {
      const name = options.settings?.name ?? `test-${randomUUID()}`
      names.push(name)
      const openBlocking = () => {
        const blocking = connectRedis(url, { purpose: 'waits', name: 'test', blockMs: 10_000 })
        connections.push(blocking)
        return blocking
      }
      const settings = { ...options.settings, name }
      const queue = redisQueue({ ...options, settings, commands: redis, openBlocking })
      return { queue, advance: (ms) => jump(redis, name, ms) }
    },
    async [Symbol.asyncDispose]() {
      for (const name of names) await forget(redis, name)
      for (const connection of connections) await connection.close()
    },
  }
}

/** What a jump of Redis's clock does: every time that was written down is that much earlier. */
async function jump(redis: RedisConnection, name: string, ms: number): Promise<void> {
  const { workers, active, delayed, outbox, settlements, head, clock } = queueKeys(name)
  const script = `
    for i = 1, 5 do
      local all = redis.call('ZRANGE', KEYS[i], 0, -1)
      for _, member in ipairs(all) do redis.call('ZINCRBY', KEYS[i], -ARGV[1], member) end
    end
    if redis.call('EXISTS', KEYS[6]) == 1 then redis.call('HINCRBY', KEYS[6], 'since', -ARGV[1]) end
    if redis.call('EXISTS', KEYS[7]) == 1 then redis.call('DECRBY', KEYS[7], ARGV[1]) end`
  const those = [workers, active, delayed, outbox, settlements, head, clock]
  await redis.call('EVAL', script, those.length, ...those, ms)
}

/** For a Redis that others use too. */
async function forget(redis: RedisConnection, name: string): Promise<void> {
  const script = `
    for _, key in ipairs(redis.call('KEYS', '{' .. ARGV[1] .. '}:*')) do redis.call('DEL', key) end
    redis.call('DEL', ARGV[1])`
  await redis.call('EVAL', script, 0, name)
}
