/** When a callback that was not taken is sent again: soon at first, over three days in all. */

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Milliseconds before each attempt, the first included (Standard Webhooks, "Deliverability"). */
const WAITS: readonly number[] = [
  0,
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]

/** Many callbacks fail together when their receiver is down; they should not come back together. */
const JITTER = 0.2

/**
 * Milliseconds to wait after `attempts` that failed, at least `atLeast` where the receiver named a
 * time, with up to a fifth more by `random`, of [0, 1). Undefined once all attempts are spent.
 */
export function waitAfter(
  attempts: number,
  { atLeast = 0, random = Math.random }: { atLeast?: number; random?: () => number } = {},
): number | undefined {
  const wait = WAITS[attempts]
  if (wait === undefined) return undefined
  return Math.round(Math.max(wait, atLeast) * (1 + JITTER * random()))
}
