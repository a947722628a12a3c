/** Writes down, where no Redis can forget it, how each finish of a worker was answered. */
import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import type { QueueWorker } from '#contract'
import { effectOf } from './effect.ts'

/** One answered finish. */
export const finishRecord = z.object({
  id: z.string(),
  effect: z.string(),
  answer: z.enum(['finished', 'lost']),
})
export type FinishRecord = z.infer<typeof finishRecord>

/** The worker itself, but for a line in `file` after each finish. */
export function witnessed(worker: QueueWorker, file: string): QueueWorker {
  return {
    ...worker,
    async finish(claim, outcome) {
      const answer = await worker.finish(claim, outcome)
      const { assets } = drawnResult.parse(JSON.parse(outcome.result || '{}'))
      const line: FinishRecord = { id: claim.id, effect: effectOf(outcome.status, assets), answer }
      appendFileSync(file, `${JSON.stringify(line)}\n`)
      return answer
    },
  }
}

const drawnResult = z.object({ assets: z.array(z.object({ sha256: z.string() })).default([]) })
