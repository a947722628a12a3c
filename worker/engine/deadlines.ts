/** How long each stage of an engine's work may take before the engine counts as hung. */

/** No stage has been seen to end yet: weights may still come from a slow disk, kernels may be built. */
const FIRST = 15 * 60_000
/** However fast a stage was, a busy machine may hold it up for this long. */
const LEAST = 60_000
const TIMES_THE_SLOWEST = 10

/** A stage is named together with what decides how long it takes, such as the size of the picture. */
export interface Deadlines {
  /** Milliseconds that `stage` may take now. */
  of(stage: string): number
  /** Learns from a stage that ended. */
  took(stage: string, milliseconds: number): void
}

export function createDeadlines({ first = FIRST, least = LEAST } = {}): Deadlines {
  const slowest = new Map<string, number>()
  return {
    of(stage) {
      const seen = slowest.get(stage)
      return seen === undefined ? first : Math.max(least, seen * TIMES_THE_SLOWEST)
    },
    took(stage, milliseconds) {
      slowest.set(stage, Math.max(milliseconds, slowest.get(stage) ?? 0))
    },
  }
}
