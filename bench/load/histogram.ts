/** A histogram of high dynamic range: every value to about half a percent, from a microsecond to hours, in a few kilobytes. */

export interface Histogram {
  readonly add: (value: number) => void
  readonly count: () => number
  readonly most: () => number
  /** The upper edge of the bucket that a share of all values lies at or below; NaN where there is none. */
  readonly quantile: (share: number) => number
  /** `[value, share of all at or below it]`, for each bucket that has any. */
  readonly curve: () => readonly (readonly [number, number])[]
}

/** Buckets are equal in ratio, as HdrHistogram's are within each power of two, but over all of the range. */
const RATIO = 1.005
const LEAST = 1e-3

export function createHistogram(): Histogram {
  const buckets = new Map<number, number>()
  let [count, most] = [0, 0]
  const indexOf = (value: number) =>
    Math.max(0, Math.ceil(Math.log(value / LEAST) / Math.log(RATIO) - 1e-9))
  const edgeOf = (index: number) => Math.min(most, LEAST * RATIO ** index)
  const sorted = () => [...buckets].toSorted(([a], [b]) => a - b)
  const curve: Histogram['curve'] = () => {
    let seen = 0
    return sorted().map(([index, held]) => {
      seen += held
      return [edgeOf(index), seen / count] as const
    })
  }
  return {
    add(value) {
      const index = indexOf(Math.max(LEAST, value))
      buckets.set(index, (buckets.get(index) ?? 0) + 1)
      count++
      most = Math.max(most, value)
    },
    count: () => count,
    most: () => most,
    quantile(share) {
      const [edge] = curve().find(([, below]) => below >= share - 1e-12) ?? []
      return edge ?? Number.NaN
    },
    curve,
  }
}
