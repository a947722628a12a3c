/** What a worker process is told once it is loaded. */
import { z } from 'zod'

export const workerTask = z.object({
  /** New at every start. */
  name: z.string(),
  redis: z.string(),
  leaseMs: z.number(),
  /** Where callbacks are posted. */
  receiver: z.object({ url: z.string(), bearer: z.string(), secret: z.string() }),
  /** The origin of references, which is on this machine. */
  references: z.string(),
  /** `placesIn` says what is where. */
  folder: z.string(),
})
export type WorkerTask = z.infer<typeof workerTask>
