/** What bench `denoise` hands to a process of either side, and gets back from it. */
import { z } from 'zod'
import { devices } from '#worker/engine/session.ts'
import { memorySchema } from '../measure/process-costs.ts'
import { kinds } from './kinds.ts'

export const denoiseTask = z.object({
  checkpoint: z.string(),
  device: z.enum(devices),
  threads: z.int().positive(),
  kind: z.enum(kinds),
  /** Pixels on each side of the picture. */
  side: z.int().positive(),
  /** Whole pictures, after a first one of a single evaluation. */
  runs: z.int().positive(),
})
export type DenoiseTask = z.infer<typeof denoiseTask>

const run = z.object({
  totalMs: z.number(),
  evaluationsMs: z.array(z.number()),
  /** Milliseconds of each stage, as the engine counts them; the peer has none. */
  stages: z.record(z.string(), z.number()).optional(),
})

export const denoiseFound = z.object({
  evaluations: z.number(),
  /** Whether each evaluation runs the UNet on the negative prompt too. */
  guided: z.boolean(),
  /** From nothing to a loaded engine. */
  loadMs: z.number(),
  /** A picture of one evaluation, the first that the process makes. */
  firstMs: z.number(),
  runs: z.array(run),
  /** Of the process that runs the networks, after the last picture. */
  memory: memorySchema,
  /** Of the card, by all processes, when the last picture was done. */
  gpuMb: z.number().optional(),
  /** Of Python and its libraries. */
  versions: z.record(z.string(), z.string()).optional(),
})
export type DenoiseFound = z.infer<typeof denoiseFound>
export type DenoiseRun = z.infer<typeof run>
