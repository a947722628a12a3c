/**
 * Connections to Redis, each for one purpose, with the settings under which the queue loses nothing.
 *
 * Commands without a reply are sent again after a reconnect (ioredis's default): without that they would
 * neither resolve nor reject. So each command of the queue may run twice, and is written to.
 */

import { Redis, type RedisOptions } from 'ioredis'
import { type BlockingRedis, Failure, messageOf, type RedisReply } from '#contract'

export interface ConnectOptions {
  /**
   * `waits`: blocking commands alone. `worker`: everything else of a worker, waits for Redis to come back.
   * `gateway`: fails at once where Redis is gone, so that a request can go elsewhere.
   */
  readonly purpose: 'waits' | 'worker' | 'gateway'
  /** Shown by CLIENT LIST. */
  readonly name: string
  /** The longest wait that will be asked for, in ms. */
  readonly blockMs?: number
  /** Hears of each failure to connect; ioredis goes on trying. */
  readonly onError?: (error: Error) => void
  /** Told of each connection that can be used, the first and those after it was lost. */
  readonly onReady?: () => void
}

export interface RedisConnection extends BlockingRedis, AsyncDisposable {
  readonly close: () => Promise<void>
}

/**
 * @param url redis:// or rediss:// (TLS). It holds a password, so that no message repeats it.
 * @throws Failure `configuration-invalid` where it is not such a URL; of a call `queue-unavailable` where Redis
 * cannot be reached or does not answer in time. The command may have run all the same.
 */
export function connectRedis(url: string, options: ConnectOptions): RedisConnection {
  if (!/^rediss?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new Failure(
      'configuration-invalid',
      'REDIS_URL is not a URL of Redis. Write redis://HOST:PORT, or rediss://:PASSWORD@HOST:PORT for TLS.',
    )
  }
  const redis = new Redis(url, {
    ...everywhere,
    ...byPurpose(options),
    connectionName: options.name,
  })
  redis.on('error', (error: Error) => options.onError?.(error))
  redis.on('ready', () => options.onReady?.())

  const close = async () => redis.disconnect()
  return {
    async call(command, ...args) {
      try {
        return reply(await redis.call(command, ...args))
      } catch (error) {
        if (isRedisReply(error)) throw error
        const said = `Redis did not answer ${command}: ${messageOf(error)}`
        throw new Failure('queue-unavailable', said, { cause: error })
      }
    },
    interrupt: () => redis.disconnect(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const COMMAND_TIMEOUT_MS = 5_000
const GATEWAY_TIMEOUT_MS = 500
/** Beyond the wait itself, after which a wait whose connection died unnoticed is given up. */
const WAIT_GRACE_MS = 2_000
const MOST_RECONNECT_MS = 5_000

type Options = Omit<RedisOptions, 'replyMapping'>

const everywhere: Options = {
  // The replies of Redis 6; ioredis 6 would ask for RESP3.
  protocol: 2,
  keepAlive: 10_000,
  retryStrategy: (times) =>
    Math.min(MOST_RECONNECT_MS, 50 * 2 ** times) * (0.75 + Math.random() / 2),
  // After a failover the old primary is read-only: look for the new one, and ask there.
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
}

function byPurpose({ purpose, blockMs = 0 }: ConnectOptions): Options {
  switch (purpose) {
    case 'waits':
      return { maxRetriesPerRequest: null, blockingTimeout: blockMs + WAIT_GRACE_MS }
    case 'worker':
      return { maxRetriesPerRequest: null, commandTimeout: COMMAND_TIMEOUT_MS }
    case 'gateway':
      return {
        maxRetriesPerRequest: 1,
        enableOfflineQueue: false,
        commandTimeout: GATEWAY_TIMEOUT_MS,
      }
  }
}

/** What Redis itself refused, in its own words, as against a connection that is not there. */
const isRedisReply = (error: unknown) => error instanceof Error && error.name === 'ReplyError'

function reply(value: unknown): RedisReply {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (Array.isArray(value)) return value.map(reply)
  throw new Error(
    `Redis answered a ${typeof value}, which no command of the queue is answered with`,
  )
}
