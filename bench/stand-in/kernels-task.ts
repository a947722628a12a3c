/** What bench `kernels` hands to its process, and gets back from it. */
import { z } from 'zod'
import { subjectNames } from '../gpu/subject.ts'

export const kernelsTask = z.object({
  checkpoint: z.string(),
  subject: z.enum(subjectNames),
  precision: z.enum(['float16', 'float32']),
  /** Of the picture, which is square. */
  pixels: z.int().positive(),
  /** Where the stand-in writes; null where the host's time is all that is asked for. */
  log: z.string().nullable(),
})
export type KernelsTask = z.infer<typeof kernelsTask>

const traffic = z.object({ copies: z.number(), bytes: z.number() })

const asked = z.object({
  kernels: z.record(z.string(), z.number()),
  launches: z.number(),
  products: z.number(),
  planned: z.number(),
  executed: z.number(),
  toDevice: traffic,
  toHost: traffic,
  inUseBytes: z.number(),
  peakBytes: z.number(),
  refused: z.number(),
})

export const kernelsFound = z.object({
  nodes: z.number(),
  /** To open the session, and of the first run. */
  first: asked,
  /** Of the third run, which every further one is like. */
  steady: asked,
  /** Milliseconds of each further run, of which the device took none. */
  hostMs: z.array(z.number()),
})
export type KernelsFound = z.infer<typeof kernelsFound>
