/** The environment of `npm run queue`, read once and here alone: of a worker's, what names the queue. */
import { z } from 'zod'
import { Failure } from '#contract'

const ends = ['left', 'right'] as const

const environment = z.object({
  REDIS_URL: z.string('must be set: redis://HOST:PORT, or rediss://:PASSWORD@HOST:PORT for TLS'),
  QUEUE_NAME: z.string().default('sdxl_queue'),
  /** The end that workers take from: what is put back goes to the other. */
  QUEUE_POP: z.enum(ends, `must be one of ${ends.join(', ')}`).default('left'),
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
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '')
  const result = environment.safeParse(Object.fromEntries(set))
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    throw new Failure('configuration-invalid', `In the environment: ${problems.join('; ')}.`)
  }
  const { REDIS_URL, QUEUE_NAME, QUEUE_POP, REDIS_ALLOW_UNSAFE } = result.data
  return {
    redisUrl: REDIS_URL,
    queue: { name: QUEUE_NAME, pop: QUEUE_POP },
    allowUnsafeRedis: REDIS_ALLOW_UNSAFE === '1',
  }
}
