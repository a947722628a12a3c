/** How sure a ratio of two medians is, judged from the timings alone. */
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'
import { median } from './statistics.ts'

export interface RatioOfMedians {
  readonly ratio: number
  /** Nineteen of twenty resamplings lie between the two. */
  readonly low: number
  readonly high: number
}

/** Fewer timings a side say nothing about how far a median may stray. */
export const LEAST_VALUES = 3

const RESAMPLINGS = 2000

/**
 * The median of `subject` over that of `reference`, and Efron's percentile interval: both sides are drawn anew
 * from their own values, with replacement. The same values give the same interval. Throws where a side has
 * fewer than three.
 */
export function ratioOfMedians(
  subject: readonly number[],
  reference: readonly number[],
): RatioOfMedians {
  if (Math.min(subject.length, reference.length) < LEAST_VALUES) {
    throw new Error(`a ratio needs ${LEAST_VALUES} values of each side`)
  }
  const next = createMersenneTwister(1)
  const drawn = (values: readonly number[]) =>
    values.map(() => values[Math.floor((next() / 2 ** 32) * values.length)] ?? Number.NaN)
  const ratios = Array.from(
    { length: RESAMPLINGS },
    () => median(drawn(subject)) / median(drawn(reference)),
  ).toSorted((a, b) => a - b)
  const at = (share: number) => ratios[Math.round(share * (RESAMPLINGS - 1))] ?? Number.NaN
  return { ratio: median(subject) / median(reference), low: at(0.025), high: at(0.975) }
}
