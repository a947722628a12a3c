/**
 * Token buckets that all gateways on one Redis share. While Redis is away each gateway has buckets of its own, so that
 * a limit is never lifted and a request never waits for a Redis that does not answer.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { messageOf, type RedisCommands, type RedisReply } from '#contract'
import type { Buckets, Drawn } from './buckets.ts'
import { memoryBuckets } from './memory-buckets.ts'

export interface RedisBucketsParts {
  /** Of purpose `gateway`, which fails at once where Redis is gone. */
  readonly redis: RedisCommands
  /** What the names of its keys begin with. */
  readonly prefix?: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Told each time Redis was found to be away. */
  readonly onAway?: (error: unknown) => void
}

/** How long a Redis that did not answer is not asked again. */
const AWAY_MS = 1_000

const SCRIPT = readFileSync(new URL('./take.lua', import.meta.url), 'utf8')
const SHA1 = createHash('sha1').update(SCRIPT).digest('hex')

export function redisBuckets(parts: RedisBucketsParts): Buckets {
  const { redis, prefix = 'i2i:limits:', now = Date.now, onAway = () => {} } = parts
  const own = memoryBuckets(now)
  let awayUntil = Number.NEGATIVE_INFINITY
  return {
    async take(name, cost, size) {
      if (now() < awayUntil) return await own.take(name, cost, size)
      try {
        const rate = size.perMinute / 60_000
        return drawnOf(await run(redis, [1, `${prefix}${name}`, size.burst, rate, cost]))
      } catch (error) {
        awayUntil = now() + AWAY_MS
        onAway(error)
        return await own.take(name, cost, size)
      }
    },
  }
}

async function run(redis: RedisCommands, rest: readonly (string | number)[]): Promise<RedisReply> {
  try {
    return await redis.call('EVALSHA', SHA1, ...rest)
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error
    return await redis.call('EVAL', SCRIPT, ...rest)
  }
}

function drawnOf(reply: RedisReply): Drawn {
  const [taken, left, waitMs, fullMs] = Array.isArray(reply) ? reply.map(Number) : []
  if (taken === undefined || left === undefined || waitMs === undefined || fullMs === undefined) {
    throw new Error(`Redis answered ${JSON.stringify(reply)}, and not what was taken`)
  }
  return { taken: taken === 1, left, waitMs, fullMs }
}
