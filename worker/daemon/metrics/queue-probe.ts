/** How full the queue is, for a scrape: one that does not answer holds nothing up, and is asked once at a time. */
import type { Depth, Queue } from '#contract'
import { answerWithin } from './answer-within.ts'

export type DepthSource = Pick<Queue, 'depth'>

const PATIENCE_MS = 1_000

/** Undefined where there is no answer within a second. */
export function createQueueProbe(queue: DepthSource): () => Promise<Depth | undefined> {
  let asked: Promise<Depth> | undefined
  return () => {
    asked ??= queue.depth().finally(() => {
      asked = undefined
    })
    return answerWithin(asked, PATIENCE_MS)
  }
}
