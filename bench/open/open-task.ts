/** What bench `open` hands to the process that opens, and gets back from it. */
import { z } from 'zod'
import { memorySchema, trafficSchema } from '../measure/process-costs.ts'

export const openTask = z.object({
  checkpoint: z.string(),
  /** `default` is what `npm run i2i` does: large networks in place, small ones prepared. */
  weights: z.enum(['in-place', 'default']),
  threads: z.int(),
  /** An empty folder that stands in for the system's temporary one. */
  temporary: z.string(),
})
export type OpenTask = z.infer<typeof openTask>

export const openFound = z.object({
  /** Milliseconds: the checkpoint's header, then each network's graph and session. */
  stages: z.record(z.string(), z.number()),
  /** From the checkpoint's path to five sessions. */
  openMs: z.number(),
  /** From the start of the process, so with Node, the sources and ONNX Runtime's library. */
  sinceLaunchMs: z.number(),
  traffic: trafficSchema,
  temporaryBytes: z.number(),
  memory: memorySchema,
})
export type OpenFound = z.infer<typeof openFound>
