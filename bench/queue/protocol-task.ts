/** What the processes that time a queue are told, ours and its peer's, and what they find. */
import { z } from 'zod'

export const protocolTask = z.object({
  redis: z.string(),
  jobs: z.number(),
  /** How many jobs are at work at the same time, in one process. */
  workers: z.number(),
})
export type ProtocolTask = z.infer<typeof protocolTask>

export const protocolFound = z.object({
  /** All jobs waiting, from the first that was taken until the last was finished. */
  tookMs: z.number(),
  /** One job at a time, from asking the queue to add it until its worker knows that it is completed. */
  addedMs: z.array(z.number()),
  /** Ours alone: of each waiting job, from asking for it until its finish was accepted. */
  overheadMs: z.array(z.number()).optional(),
  /** One PING on the same connection before: what any command takes here. */
  pingMs: z.number().optional(),
})
export type ProtocolFound = z.infer<typeof protocolFound>

export const WARM_UP = 200
/** Of jobs that are added one at a time. */
export const ADDED = 500
