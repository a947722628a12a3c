/** What was done to a job's prompt before it was drawn, as results, callbacks and views tell it. */
import { z } from 'zod'

export const ranEnhancement = z.object({
  /** The model now, the same model for an earlier job of the same words, or nobody: it stands as written. */
  source: z.enum(['qwen', 'cache', 'none']),
  /** That the job's preparing waited for it. */
  ms: z.number().min(0),
  /** Why the prompt stands as written: a word or a few joined with hyphens, such as `timeout` or a rule's name. */
  fallback: z.string().optional(),
})

export type RanEnhancement = Readonly<z.infer<typeof ranEnhancement>>
