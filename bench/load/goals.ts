/** What a load run is to reach: nothing failed, memory flat, service even, and no wait that the line does not explain. */
import type { MemoryGrowth } from './memory-watch.ts'
import type { LoadSummary } from './summary.ts'

/** The last quarter of the run over its second. */
const MOST_GROWTH = 1.1
/** The engine’s own time: its p99 over its p50, in each mode. */
const MOST_SPREAD = 2
/** The mean wait over that of a line with just these arrivals. */
const MOST_WAIT = 1.2
/** Of fewer jobs a p99 is the longest, and a mean wait is that of a few. */
const LEAST_JUDGED = 100

/** A sentence for each goal that was missed. */
export function missedGoals(summary: LoadSummary, memory: readonly MemoryGrowth[]): string[] {
  const { errors, modes, wait, ended } = summary
  const failed = Object.values(errors).reduce((a, b) => a + b, 0)
  const waits = wait.measured / wait.ofThese
  return [
    ...(failed > 0 ? [`${failed} jobs failed`] : []),
    ...memory
      .filter(({ ratio }) => ratio >= MOST_GROWTH)
      .map(({ process, ratio }) => `memory of ${process} grew by ×${ratio.toFixed(2)}`),
    ...modes
      .filter(({ service }) => service.count >= LEAST_JUDGED)
      .filter(({ service }) => service.p99 > MOST_SPREAD * service.p50)
      .map(({ mode }) => `${mode}’s p99 of the engine is beyond ${MOST_SPREAD} times its p50`),
    ...(ended >= LEAST_JUDGED && waits > MOST_WAIT
      ? [`waits are ×${waits.toFixed(2)} of those of such a line, beyond ×${MOST_WAIT}`]
      : []),
  ]
}
