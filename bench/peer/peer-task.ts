/** What bench `peer` hands to both sides' processes, and gets back from them. */
import { z } from 'zod'
import { memorySchema } from '../measure/process-costs.ts'
import { subjectNames } from './subjects.ts'

export const peerTask = z.object({
  subject: z.enum(subjectNames),
  checkpoint: z.string(),
  /** Ours alone: `default` is what `npm run i2i` does with a network of that size. */
  weights: z.enum(['default', 'prepared']),
  /** A safetensors file of float32 tensors. */
  inputs: z.string(),
  /** Where the answer goes: float32, little-endian, nothing else. */
  output: z.string(),
  evaluations: z.int().positive(),
  threads: z.int().positive(),
})
export type PeerTask = z.infer<typeof peerTask>

export const peerFound = z.object({
  /** What `default` came to; null where that is no question. */
  weights: z.enum(['in-place', 'prepared']).nullable(),
  loadMs: z.number(),
  warmUpMs: z.number(),
  evaluationsMs: z.array(z.number()),
  memory: memorySchema,
  /** Of Python and its libraries. */
  versions: z.record(z.string(), z.string()).optional(),
})
export type PeerFound = z.infer<typeof peerFound>
