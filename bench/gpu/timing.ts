/** The first run of something apart from the next ones, as a GPU makes its plans in the first. */
import { median } from '../measure/statistics.ts'

export interface Timing {
  readonly firstMs: number
  /** Median of those that followed. */
  readonly steadyMs: number
  readonly leastMs: number
  readonly steady: readonly number[]
}

/** Runs once, then `runs` times more, at least once. */
export async function timed(runs: number, work: () => Promise<unknown>): Promise<Timing> {
  const firstMs = await elapsed(work)
  const steady: number[] = []
  for (let i = 0; i < Math.max(1, runs); i++) steady.push(await elapsed(work))
  return { firstMs, steadyMs: median(steady), leastMs: Math.min(...steady), steady }
}

export async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
