/** What bench `enhance` hands to each side's process, and gets back from it. */
import { z } from 'zod'
import { weightForms } from '#worker/enhance/messages.ts'
import { memorySchema } from '../measure/process-costs.ts'

/** `loop`: a run is a whole text. `plain`: a run is a token. */
export const forms = ['loop', 'plain'] as const

export const enhanceTask = z.object({
  /** A folder of Qwen 2.5. */
  folder: z.string(),
  form: z.enum(forms),
  weights: z.enum(weightForms),
  device: z.enum(['cpu', 'cuda']),
  threads: z.int().positive(),
  /** Ids of the prompt. */
  prompt: z.array(z.int()),
  /** To be written, by the likeliest each time, after a first one that is not timed. */
  tokens: z.int().positive(),
  runs: z.int().positive(),
})
export type EnhanceTask = z.infer<typeof enhanceTask>

export const enhanceFound = z.object({
  loadMs: z.number(),
  /** For the first token, each run: reading the prompt. */
  promptMs: z.array(z.number()),
  /** For all of them, the first included, each run. */
  allMs: z.array(z.number()),
  /** That were written. */
  ids: z.array(z.int()),
  memory: memorySchema,
  versions: z.record(z.string(), z.string()).optional(),
})
export type EnhanceFound = z.infer<typeof enhanceFound>
