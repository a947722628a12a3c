/** What came of prompts before, for a while: in Redis, where all workers of a queue share it, or in this process. */
import { z } from 'zod'
import { lifetimes, queueKeys, type RedisCommands } from '#contract'

/** Of a prompt as it will be drawn, or the rule by which it stands as it was written. */
export interface Remembered {
  readonly prompt: string
  readonly fallback?: string | undefined
}

export interface EnhancementCache {
  /** Rejects where what remembers cannot be asked. */
  readonly get: (hash: string) => Promise<Remembered | undefined>
  readonly set: (hash: string, came: Remembered) => Promise<void>
}

const remembered = z.object({ prompt: z.string(), fallback: z.string().optional() })

/** @param queueName whose other keys it lies beside. */
export function redisEnhancements(redis: RedisCommands, queueName: string): EnhancementCache {
  const { enhancement } = queueKeys(queueName)
  return {
    async get(hash) {
      const text = await redis.call('GET', enhancement(hash))
      return typeof text === 'string' ? remembered.parse(JSON.parse(text)) : undefined
    },
    async set(hash, came) {
      const text = JSON.stringify(came)
      await redis.call('SET', enhancement(hash), text, 'PX', lifetimes.enhancement)
    },
  }
}

/** A prompt and its enhancement are some hundred bytes. */
const MOST = 1_000

export function memoryEnhancements(): EnhancementCache {
  const kept = new Map<string, Remembered>()
  return {
    get: async (hash) => kept.get(hash),
    async set(hash, came) {
      kept.set(hash, came)
      const [oldest] = kept.keys()
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
    },
  }
}
