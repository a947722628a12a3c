/** What a worker process is told, what it writes down, and what it posts. */
import { z } from 'zod'

export const workerTask = z.object({
  /** New at every start. */
  name: z.string(),
  redis: z.string(),
  /** Where callbacks are posted. */
  receiver: z.string(),
  leaseMs: z.number(),
  /** A file to append to, for what must outlive Redis and the worker. */
  record: z.string(),
})
export type WorkerTask = z.infer<typeof workerTask>

/** One answered finish. */
export const finishRecord = z.object({
  id: z.string(),
  /** New at every start of a drawing: fences would look alike if Redis forgot one and gave it out again. */
  attempt: z.string(),
  answer: z.enum(['finished', 'lost']),
})
export type FinishRecord = z.infer<typeof finishRecord>

/** What is delivered, as JSON text, of a job that was completed. */
export const drawnResult = z.object({ attempt: z.string() })

/** The body of a callback. */
export const callbackBody = z.object({
  id: z.string(),
  status: z.enum(['completed', 'failed', 'cancelled']),
  result: z.string(),
})
export type CallbackBody = z.infer<typeof callbackBody>
