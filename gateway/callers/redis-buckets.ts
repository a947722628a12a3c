/**
 * Token buckets that all gateways on one Redis share. While Redis is away each gateway has buckets of its own, so that
 * a limit is never lifted and a request never waits for a Redis that does not answer.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { messageOf, type RedisCommands, type RedisReply } from '#contract'
import { gather } from '#platform/gather.ts'
import type { BucketSize, Buckets, Drawn } from './buckets.ts'
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

/** A draw takes Redis some 10 µs, in which nobody else is answered. */
const MOST_AT_ONCE = 64
const LANES = 2
/** Numbers of the script's answer. */
const EACH = 4

const SCRIPT = readFileSync(new URL('./take.lua', import.meta.url), 'utf8')
const SHA1 = createHash('sha1').update(SCRIPT).digest('hex')

export function redisBuckets(parts: RedisBucketsParts): Buckets {
  const { redis, prefix = 'i2i:limits:', now = Date.now, onAway = () => {} } = parts
  const own = memoryBuckets(now)
  let awayUntil = Number.NEGATIVE_INFINITY
  const takeAll = async (draws: readonly Draw[]): Promise<readonly Drawn[]> => {
    const takeOwn = () =>
      Promise.all(draws.map(({ name, cost, size }) => own.take(name, cost, size)))
    if (now() < awayUntil) return await takeOwn()
    try {
      return drawnOf(await run(redis, prefix, draws), draws.length)
    } catch (error) {
      awayUntil = now() + AWAY_MS
      onAway(error)
      return await takeOwn()
    }
  }
  const take = gather(takeAll, { most: MOST_AT_ONCE, lanes: LANES })
  return { take: (name, cost, size) => take({ name, cost, size }) }
}

interface Draw {
  readonly name: string
  readonly cost: number
  readonly size: BucketSize
}

async function run(
  redis: RedisCommands,
  prefix: string,
  draws: readonly Draw[],
): Promise<RedisReply> {
  const rest = [
    draws.length,
    ...draws.map(({ name }) => `${prefix}${name}`),
    ...draws.flatMap(({ cost, size }) => [size.burst, size.perMinute / 60_000, cost]),
  ]
  try {
    return await redis.call('EVALSHA', SHA1, ...rest)
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error
    return await redis.call('EVAL', SCRIPT, ...rest)
  }
}

function drawnOf(reply: RedisReply, count: number): readonly Drawn[] {
  const numbers = Array.isArray(reply) ? reply.map(Number) : []
  if (numbers.length !== EACH * count) {
    throw new Error(`Redis answered ${JSON.stringify(reply)}, and not what was taken`)
  }
  return Array.from({ length: count }, (_, i) => {
    const [taken, left = 0, waitMs = 0, fullMs = 0] = numbers.slice(EACH * i, EACH * (i + 1))
    return { taken: taken === 1, left, waitMs, fullMs }
  })
}
