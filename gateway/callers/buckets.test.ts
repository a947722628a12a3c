import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisCommands } from '#contract'
import { connectRedis, type RedisConnection } from '#platform/redis/connect.ts'
import { type FaultProxy, faultProxy } from '#platform/redis/fault-proxy.case.ts'
import { redisMissing, type TestRedis, testRedis } from '#platform/redis/test-server.case.ts'
import type { Buckets } from './buckets.ts'
import { memoryBuckets } from './memory-buckets.ts'
import { redisBuckets } from './redis-buckets.ts'

let server: TestRedis
let redis: RedisConnection
const prefix = `test-${randomUUID()}:`

beforeAll(async () => {
  if (redisMissing) return
  server = await testRedis()
  redis = connectRedis(server.url, { purpose: 'worker', name: 'test-limits' })
})
afterAll(async () => {
  await redis?.close()
  await server?.[Symbol.asyncDispose]()
})

/** Three at once, and one more every three seconds: longer than a machine takes to ask thrice, however busy. */
const size = { burst: 3, perMinute: 20 }
const kinds: readonly [string, string | undefined, () => BucketsInTime][] = [
  ['in memory', undefined, inMemory],
  ['in Redis', redisMissing, inRedis],
]

/** Buckets, and a way to let time pass for one of them. */
interface BucketsInTime extends Buckets {
  readonly pass: (name: string, ms: number) => Promise<unknown>
}

function inMemory(): BucketsInTime {
  let skew = 0
  const pass = async (_: string, ms: number) => {
    skew += ms
  }
  return { ...memoryBuckets(() => Date.now() + skew), pass }
}

/** Redis has a clock of its own: what it last saw of the bucket is that much longer ago. */
function inRedis(): BucketsInTime {
  const pass = (name: string, ms: number) =>
    redis.call('HINCRBYFLOAT', `${prefix}${name}`, 'at', -ms)
  return { ...redisBuckets({ redis, prefix }), pass }
}

describe.for(kinds)('a bucket %s', ([, missing, make]) => {
  it.skipIf(missing)(
    'gives what it holds, then says how long to wait, and it is true',
    async () => {
      const buckets = make()
      const name = randomUUID()
      for (const left of [2, 1, 0]) {
        const drawn = await buckets.take(name, 1, size)
        expect(drawn).toMatchObject({ taken: true, waitMs: 0 })
        expect(Math.floor(drawn.left)).toBe(left)
      }
      const refused = await buckets.take(name, 1, size)
      expect(refused.taken).toBe(false)
      expect(refused.waitMs).toBeGreaterThan(0)
      expect(refused.waitMs).toBeLessThanOrEqual(3_000)
      expect(refused.fullMs).toBeGreaterThan(6_000)
      expect(refused.fullMs).toBeLessThanOrEqual(9_000)
      await buckets.pass(name, refused.waitMs)
      expect((await buckets.take(name, 1, size)).taken).toBe(true)
      expect((await buckets.take(name, 1, size)).taken).toBe(false)
    },
  )

  it.skipIf(missing)('gives no more to many that ask at the same time', async () => {
    const buckets = make()
    const slow = { burst: 10, perMinute: 1 }
    const asked = Array.from({ length: 50 }, () => buckets.take('many', 1, slow))
    const drawn = await Promise.all(asked)
    expect(drawn.filter(({ taken }) => taken)).toHaveLength(10)
    expect((await buckets.take('another', 1, slow)).taken).toBe(true)
  })

  it.skipIf(missing)('takes more than one for what costs more, or nothing', async () => {
    const buckets = make()
    const slow = { burst: 10, perMinute: 1 }
    expect(await buckets.take('dear', 7, slow)).toMatchObject({ taken: true })
    const refused = await buckets.take('dear', 4, slow)
    expect(refused.taken).toBe(false)
    expect(refused.waitMs).toBeGreaterThan(50_000)
    expect(refused.waitMs).toBeLessThanOrEqual(60_000)
    expect((await buckets.take('dear', 3, slow)).taken).toBe(true)
    expect(await buckets.take('all of it', 10, slow)).toMatchObject({ taken: true })
  })
})

it('a bucket in memory fills to its burst and no further', async () => {
  let now = 0
  const buckets = memoryBuckets(() => now)
  await buckets.take('a', 3, size)
  now = 1_500
  expect(await buckets.take('a', 1, size)).toEqual({
    taken: false,
    left: 0.5,
    waitMs: 1_500,
    fullMs: 7_500,
  })
  now = 86_400_000
  expect(await buckets.take('a', 1, size)).toMatchObject({ taken: true, left: 2 })
  // A clock that is set back takes nothing away.
  now = 0
  expect(await buckets.take('a', 1, size)).toMatchObject({ taken: true, left: 1 })
})

it('fifty thousand buckets in memory are the most', async () => {
  const buckets = memoryBuckets(() => 0)
  const once = { burst: 1, perMinute: 1 }
  for (let i = 0; i < 50_000; i++) await buckets.take(`${i}`, 1, once)
  expect((await buckets.take('1', 1, once)).taken).toBe(false)
  await buckets.take('one more', 1, once)
  expect((await buckets.take('1', 1, once)).taken).toBe(false)
  expect((await buckets.take('0', 1, once)).taken).toBe(true)
})

describe.skipIf(redisMissing)('in Redis', () => {
  it('all gateways draw from the same bucket, by one command each', async () => {
    await using other = connectRedis(server.url, { purpose: 'worker', name: 'test-other' })
    const slow = { burst: 10, perMinute: 1 }
    const [here, there] = [redisBuckets({ redis, prefix }), redisBuckets({ redis: other, prefix })]
    await redis.call('SCRIPT', 'FLUSH')
    const asked = Array.from({ length: 30 }, (_, i) =>
      (i % 2 ? here : there).take('shared', 1, slow),
    )
    expect((await Promise.all(asked)).filter(({ taken }) => taken)).toHaveLength(10)
  })

  it('a bucket is forgotten once it is full', async () => {
    await redisBuckets({ redis, prefix }).take('short', 2, size)
    const ttl = Number(await redis.call('PTTL', `${prefix}short`))
    expect(ttl).toBeGreaterThan(1_000)
    expect(ttl).toBeLessThanOrEqual(7_000)
  })

  describe('that is away', () => {
    let proxy: FaultProxy
    beforeAll(async () => {
      proxy = await faultProxy(server.url)
    })
    afterAll(() => proxy?.[Symbol.asyncDispose]())

    it.each(['cut', 'black-hole'] as const)('(%s) a limit is still one', async (fault) => {
      let now = 0
      const told: unknown[] = []
      await using through = connectRedis(proxy.url, { purpose: 'gateway', name: 'test-away' })
      let asked = 0
      const counted: RedisCommands = {
        call(...given) {
          asked++
          return through.call(...given)
        },
      }
      const parts = {
        redis: counted,
        prefix,
        now: () => now,
        onAway: (error: unknown) => told.push(error),
      }
      const buckets = redisBuckets(parts)
      const slow = { burst: 5, perMinute: 1 }
      proxy.set('pass')
      await expect.poll(() => through.call('PING').catch(() => '')).toBe('PONG')
      await buckets.take(fault, 1, slow)
      proxy.set(fault)
      asked = 0
      const drawn = []
      for (let i = 0; i < 20; i++) drawn.push(await buckets.take(fault, 1, slow))
      expect(drawn.filter(({ taken }) => taken)).toHaveLength(5)
      expect(told).toHaveLength(1)
      // One command alone was waited for.
      expect(asked).toBe(1)

      proxy.set('pass')
      proxy.cutConnections()
      now = 1_000
      await expect.poll(() => through.call('PING').catch(() => '')).toBe('PONG')
      const back = await buckets.take(fault, 1, slow)
      expect(back.taken).toBe(true)
      // One of ours before, this one, and perhaps the one whose answer was lost.
      expect([2, 3]).toContain(Math.floor(back.left))
    })
  })
})
