/** Reaches the queue for a person, who wants to hear at once why that cannot be. */
import { randomUUID } from 'node:crypto'
import { Failure, identify, messageOf, probeRedis, type Queue, redisQueue } from '#contract'
import { connectRedis } from '#platform/redis/connect.ts'
import type { QueueConfig } from './config.ts'

/**
 * Throws `queue-unavailable` where no Redis answers, `configuration-invalid` for one that refuses what it is asked
 * or that would lose jobs, and whatever `use` throws.
 */
export async function withQueue<T>(
  config: QueueConfig,
  use: (queue: Queue) => Promise<T>,
): Promise<T> {
  const { redisUrl: url, queue: settings, allowUnsafeRedis: allowUnsafe } = config
  // A worker would wait for Redis to come back.
  let onError = (_: Error) => {}
  const away = new Promise<never>((_, reject) => {
    onError = (error) => reject(isRefusal(error) ? error : unreachable(error))
  })
  away.catch(() => {})
  await using commands = connectRedis(url, { purpose: 'worker', name: 'i2i-queue', onError })
  const { hostname, host } = new URL(url)
  const upstash = hostname.endsWith('.upstash.io')
  const idOf = (raw: string) => identify(raw, randomUUID)
  try {
    await Promise.race([probeRedis(commands, { name: settings.name, upstash, allowUnsafe }), away])
    return await use(redisQueue({ settings, idOf, commands, openBlocking, upstash }))
  } catch (error) {
    throw explained(error, host)
  }
}

const openBlocking = (): never => {
  throw new Error('a person takes no job')
}

/** In Redis's own words. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'ReplyError'

function unreachable(error: Error): Failure {
  // Where each of a name's addresses failed, the sum of them has no words of its own.
  const inner = error instanceof AggregateError ? error.errors[0] : error
  return new Failure('queue-unavailable', messageOf(inner), { cause: error })
}

/** @param host without the password that the URL may hold. */
function explained(error: unknown, host: string): unknown {
  if (isRefusal(error)) {
    const sentence = `Redis at ${host} refuses: ${bare(error)}. ${mendOf(error.message)}`
    return new Failure('configuration-invalid', sentence, { cause: error })
  }
  if (!(error instanceof Failure) || error.code !== 'queue-unavailable') return error
  const sentence = `No Redis answers at ${host}: ${bare(error)}. Start it, or name another in REDIS_URL.`
  return new Failure('queue-unavailable', sentence, { cause: error })
}

const bare = ({ message }: Error) => message.replace(/\.$/, '')

function mendOf(refusal: string): string {
  if (refusal.startsWith('OOM')) return 'Drop jobs, which it lets you even now, or give it memory.'
  return /^(NOAUTH|WRONGPASS|NOPERM)/.test(refusal)
    ? 'See to the user and password in REDIS_URL.'
    : 'Ask whoever runs it.'
}
