/** What stand-ins for workers are told, and what they say: a line each time that they told how far a job is. */
import { z } from 'zod'

export const workersTask = z.object({
  redis: z.string(),
  workers: z.number(),
  /** How long each job takes. */
  takesMs: z.number(),
  /** Between two times that a job's holder tells how far it is. */
  progressMs: z.number(),
})
export type WorkersTask = z.infer<typeof workersTask>

/** `at`: milliseconds since 1970, with their fractions. */
export const toldSchema = z.object({ id: z.string(), step: z.number(), at: z.number() })
export type Told = z.infer<typeof toldSchema>

/** By the clock that all processes of a machine share. */
export const nowMs = (): number => performance.timeOrigin + performance.now()
