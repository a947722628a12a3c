import { describe, expect, it } from 'vitest'
import { connectRedis } from '#platform/redis/connect.ts'
import { redisMissing, testRedis } from '#platform/redis/test-server.case.ts'
import { probeRedis } from './probe-redis.ts'
import { type RedisCommands, texts } from './redis-commands.ts'

describe.skipIf(redisMissing)('a Redis', () => {
  it('is refused where it says that it is too old, and warned of where it does not say', async () => {
    await using server = await testRedis()
    await using redis = connectRedis(server.url, { purpose: 'worker', name: 'probe' })
    const saying = (version: string): RedisCommands => ({
      async call(command, ...args) {
        const reply = await redis.call(command, ...args)
        return command === 'INFO' ? String(reply).replace(/redis_version:.*\r\n/, version) : reply
      },
    })
    const options = { name: 'probe', allowUnsafe: true }
    const old = probeRedis(saying('redis_version:6.0.16\r\n'), options)
    await expect(old).rejects.toThrow('Redis is 6.0.16, and the queue needs BLMOVE of 6.2.')
    const [warning] = await probeRedis(saying(''), options)
    expect(warning).toBe('Redis does not say its version. See to it that it is 6.2 or newer.')
  })

  it.each([
    [3_720, '62 min ahead of this machine’s: deadlines come too early'],
    [-3_720, '62 min behind this machine’s: deadlines come too late'],
  ])('is warned of where its clock is %i s ahead', async (seconds, said) => {
    await using server = await testRedis()
    await using redis = connectRedis(server.url, { purpose: 'worker', name: 'probe' })
    const ahead: RedisCommands = {
      async call(command, ...args) {
        const reply = await redis.call(command, ...args)
        if (command !== 'TIME') return reply
        const [now = ''] = texts(reply)
        return [`${Number(now) + seconds}`, '0']
      },
    }
    const options = { name: 'probe', allowUnsafe: true }
    const warnings = await probeRedis(ahead, options)
    expect(warnings.at(-1)).toBe(`Redis’s clock is ${said}. Set both by NTP.`)
    expect(warnings).toHaveLength((await probeRedis(redis, options)).length + 1)
  })
})
