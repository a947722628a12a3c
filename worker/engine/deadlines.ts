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
  /** Milliseconds: what no stage may take longer than now. */
  longest(): number
}

export function createDeadlines({ first = FIRST, least = LEAST } = {}): Deadlines {
  const slowest = new Map<string, number>()
  const allowed = (seen: number) => Math.max(least, seen * TIMES_THE_SLOWEST)
  return {
    of(stage) {
      const seen = slowest.get(stage)
      return seen === undefined ? first : allowed(seen)
    },
    took(stage, milliseconds) {
      slowest.set(stage, Math.max(milliseconds, slowest.get(stage) ?? 0))
    },
    longest: () => Math.max(first, ...[...slowest.values()].map(allowed)),
  }
}
