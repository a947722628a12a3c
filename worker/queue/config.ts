/** The environment of `npm run queue`, read once and here alone: of a worker's, what names the queue. */
import { z } from 'zod'
import { readEnvironment } from '#platform/environment/read-environment.ts'
import { choice } from '#platform/environment/words.ts'

const environment = z.object({
  REDIS_URL: z.string('must be set: redis://HOST:PORT, or rediss://:PASSWORD@HOST:PORT for TLS'),
  QUEUE_NAME: z.string().default('sdxl_queue'),
  /** The end that workers take from: what is put back goes to the other. */
  QUEUE_POP: choice(['left', 'right']).default('left'),
  /** 1: an evicting Redis is looked into all the same. */
  REDIS_ALLOW_UNSAFE: z.string().optional(),
})

export interface QueueConfig {
  readonly redisUrl: string
  readonly queue: { readonly name: string; readonly pop: 'left' | 'right' }
  readonly allowUnsafeRedis: boolean
}

/** Throws `configuration-invalid` listing every problem. An empty variable counts as unset. */
export function readQueueConfig(variables: NodeJS.ProcessEnv = process.env): QueueConfig {
  const found = readEnvironment(environment, variables)
  const { REDIS_URL, QUEUE_NAME, QUEUE_POP, REDIS_ALLOW_UNSAFE } = found
  return {
    redisUrl: REDIS_URL,
    queue: { name: QUEUE_NAME, pop: QUEUE_POP },
    allowUnsafeRedis: REDIS_ALLOW_UNSAFE === '1',
  }
}
