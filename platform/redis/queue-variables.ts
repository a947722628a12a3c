/** The line between producers, gateways and workers, by the variables that all of its sides read: they must agree on it. */
import type { z } from 'zod'
import { defaultQueueSettings, type QueueSettings } from '#contract'
import { choice, flag, text, whole } from '../environment/words.ts'

export const queueVariables = {
  QUEUE_NAME: text
    .default(defaultQueueSettings.name)
    .describe('The list that producers push to and workers take from.'),
  QUEUE_POP: choice(['left', 'right'])
    .default(defaultQueueSettings.pop)
    .describe('The end that is taken from; producers push to the right.'),
  LEASE_MS: whole(1_000, 600_000)
    .default(defaultQueueSettings.leaseMs)
    .describe('How long a worker that has gone silent keeps its jobs. The same for all.'),
  MOST_STALLS: whole(0, 100)
    .default(defaultQueueSettings.mostStalls)
    .describe('Deaths of workers that a job may cause before it is given up. The same for all.'),
  REDIS_ALLOW_UNSAFE: flag
    .default('0')
    .describe('1: a Redis that may forget is warned of, and used.'),
}

type Found = z.infer<z.ZodObject<typeof queueVariables>>

export type QueueConfig = Pick<QueueSettings, 'name' | 'pop' | 'leaseMs' | 'mostStalls' | 'blockMs'>

export function queueOf(found: Found): QueueConfig {
  const leaseMs = found.LEASE_MS
  return {
    name: found.QUEUE_NAME,
    pop: found.QUEUE_POP,
    leaseMs,
    mostStalls: found.MOST_STALLS,
    // A wait that outlasts half a lease strands jobs.
    blockMs: Math.min(defaultQueueSettings.blockMs, Math.floor(leaseMs / 3)),
  }
}
