/** Jobs looked at one after another: one that cannot be gone on with keeps no other from its turn. */
import { Failure, type FailureCode } from '#contract'
import type { Log } from '#platform/log.ts'

export interface Telling {
  readonly log: Log
  /** What is logged of a job whose turn failed. */
  readonly event: string
}

/** Of these nothing is to be had for any job. */
const AWAY: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'database-unavailable',
  'queue-unavailable',
])

/** @returns of how many the work was true. Throws where the database or the queue is away, which is so for all. */
export async function countEach<Item extends { readonly jobId: string }>(
  items: readonly Item[],
  work: (item: Item) => Promise<boolean>,
  { log, event }: Telling,
): Promise<number> {
  let count = 0
  for (const item of items) {
    try {
      if (await work(item)) count++
    } catch (error) {
      if (error instanceof Failure && AWAY.has(error.code)) throw error
      log.warn(event, { jobId: item.jobId, error })
    }
  }
  return count
}
