/** Token buckets of this process alone: where there is no Redis, and while it is away. */
import type { Buckets } from './buckets.ts'

interface Bucket {
  readonly left: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Those used longest ago are forgotten first, which is to say filled. */
const MOST_BUCKETS = 50_000

/** A sum of fractions falls short of a whole by less: who waited as long as was said is not told to wait again. */
const ROUNDING = 1e-9

export function memoryBuckets(now: () => number = Date.now): Buckets {
  const buckets = new Map<string, Bucket>()
  return {
    async take(name, cost, { burst, perMinute }) {
      const at = now()
      const perMs = perMinute / 60_000
      const known = buckets.get(name)
      const filled = known ? known.left + Math.max(0, at - known.at) * perMs : burst
      const held = Math.min(burst, filled)
      const taken = held + ROUNDING >= cost
      const left = taken ? Math.max(0, held - cost) : held
      buckets.delete(name)
      buckets.set(name, { left, at })
      const [oldest] = buckets.keys()
      if (buckets.size > MOST_BUCKETS && oldest !== undefined) buckets.delete(oldest)
      return {
        taken,
        left,
        waitMs: taken ? 0 : Math.ceil((cost - left) / perMs),
        fullMs: Math.ceil((burst - left) / perMs),
      }
    },
  }
}
