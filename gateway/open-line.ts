/** The line to our workers, opened; a Redis that is away is gone on without, and looked at whenever it comes. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, identify, memoryQueue, probeRedis, type Queue, redisQueue } from '#contract'
import type { Log } from '#platform/log.ts'
import { connectRedis, type RedisConnection } from '#platform/redis/connect.ts'
import { createUnwind } from '#platform/unwind.ts'
import type { GatewayConfig } from './config.ts'
import { type RedisState, type RedisWatch, watchRedis } from './redis-watch.ts'

export interface Line extends AsyncDisposable {
  readonly queue: Queue
  /** Where gateways share what they count; undefined for one alone. */
  readonly redis: RedisConnection | undefined
  /** Whether jobs are safe in it. */
  readonly redisState: () => RedisState
}

/**
 * The queue that is given, else by REDIS_URL; without either one that nobody takes from. Throws `configuration-invalid`
 * for a Redis that would lose jobs.
 */
export async function openLine(
  config: GatewayConfig,
  { queue, log }: { readonly queue?: Queue | undefined; readonly log: Log },
): Promise<Line> {
  const { redisUrl } = config
  if (queue === undefined && redisUrl !== undefined) return await openRedis(redisUrl, config, log)
  const own = () =>
    memoryQueue({ settings: config.queue, idOf: (raw) => identify(raw, randomUUID) })
  return {
    ...{ queue: queue ?? own(), redis: undefined, redisState: () => SAFE },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** What is lost with this process the next one queues again, from the database. */
const SAFE: RedisState = { warnings: [] }

/** For the first answer; then other providers may do what comes until there is one. */
const PROBE_MS = 5_000

async function openRedis(
  url: string,
  { queue: settings, allowUnsafeRedis: allowUnsafe }: GatewayConfig,
  log: Log,
): Promise<Line> {
  const onError = (error: Error) => log.warn('redis away', { error })
  await using opening = createUnwind()
  let watch: RedisWatch | undefined
  const onReady = () => watch?.nudge()
  const redis = opening.use(
    connectRedis(url, { purpose: 'gateway', name: 'i2i-gateway', onError, onReady }),
  )
  const upstash = new URL(url).hostname.endsWith('.upstash.io')
  const { name } = settings
  const probe = () => probeRedis(redis, { name, upstash, allowUnsafe })
  const first = await withinTime(probe).catch((error) => {
    if (!isAway(error)) throw error
    log.warn('started without redis', { error })
    return undefined
  })
  for (const reason of first ?? []) log.warn('redis is unsafe', { reason })
  watch = opening.use(watchRedis({ probe, first, log }))
  const idOf = (raw: string) => identify(raw, randomUUID)
  const openBlocking = () => {
    throw new Error('a gateway takes no jobs from the queue')
  }
  const queue = redisQueue({ settings, idOf, commands: redis, openBlocking, upstash })
  return { queue, redis, redisState: watch.state, [Symbol.asyncDispose]: opening.keep() }
}

/** A connection takes a moment, in which every command is refused. */
async function withinTime<Result>(ask: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + PROBE_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isAway(error) || performance.now() > end) throw error
      await sleep(50)
    }
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'queue-unavailable'
