/** What the process that times the queue is told, and what it finds. */
import { z } from 'zod'

export const queueTask = z.object({
  redis: z.string(),
  jobs: z.number(),
  /** How many take and finish at the same time, over one connection. */
  workers: z.number(),
})
export type QueueTask = z.infer<typeof queueTask>

export const queueFound = z.object({
  /** Of each job, from asking for it until its finish was accepted, in ms. */
  overheadMs: z.array(z.number()),
  /** From the first take until the last finish. */
  tookMs: z.number(),
  /** One PING on the same connection before: what any command takes here. */
  pingMs: z.number(),
})
export type QueueFound = z.infer<typeof queueFound>
