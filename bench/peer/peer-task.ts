/** What benches `peer` and `vae` hand to both sides' processes, and get back from them. */
import { z } from 'zod'
import { devices } from '#worker/engine/session.ts'
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
  device: z.enum(devices).default('cpu'),
  precision: z.enum(['float32', 'float16']).default('float32'),
  /** A VAE runs on tiles of so many latents a side; absent, on the picture as a whole. */
  tile: z.int().positive().optional(),
})
export type PeerTask = z.input<typeof peerTask>

export const peerFound = z.object({
  /** What `default` came to; null where that is no question. */
  weights: z.enum(['in-place', 'prepared']).nullable(),
  loadMs: z.number(),
  warmUpMs: z.number(),
  evaluationsMs: z.array(z.number()),
  memory: memorySchema,
  /** Of the card, by all processes, after the last evaluation. */
  gpuMb: z.number().optional(),
  /** Of Python and its libraries. */
  versions: z.record(z.string(), z.string()).optional(),
})
export type PeerFound = z.infer<typeof peerFound>
