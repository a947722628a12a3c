/** What bench `cold-start` hands to a process of either side, and gets back from it. */
import { z } from 'zod'
import { devices } from '#worker/engine/session.ts'
import { memorySchema } from '../measure/process-costs.ts'

export const coldStartTask = z.object({
  checkpoint: z.string(),
  device: z.enum(devices),
  threads: z.int().positive(),
  /** Pixels on each side of the picture. */
  side: z.int().positive(),
  /** Where the picture goes; ends in .png. */
  picture: z.string(),
})
export type ColdStartTask = z.infer<typeof coldStartTask>

/** Milliseconds since 1970, since the parent that spawned the process has no other clock in common with it. */
const moment = z.number()

export const coldStartFound = z.object({
  /** The program is there: runtime started, sources and libraries loaded. */
  readyAt: moment,
  /** Every network is open. */
  loadedAt: moment,
  /** The picture is on the disk. */
  pictureAt: moment,
  /** Bytes that had to come from the disk while networks opened and ran. */
  fromDisk: z.number(),
  /** Of the process that runs the networks, when the picture was there. */
  memory: memorySchema,
  versions: z.record(z.string(), z.string()).optional(),
})
export type ColdStartFound = z.infer<typeof coldStartFound>
