/**
 * Draws ahead from buckets that are drawn from often, so that a thousand requests a second are not as many questions to
 * Redis. What is drawn is gone from its bucket at once, so that no limit is exceeded; what of it nobody took soon after
 * is lost, a twentieth of a burst at most.
 */
import type { BucketSize, Buckets, Drawn } from './buckets.ts'

/** For how long a hand is good, and the time over which it is counted how often a bucket is drawn from. */
const HAND_MS = 100
const MOST_SHARE = 0.05
const MOST_HANDS = 10_000

interface Hand {
  /** Of the count: when it began, what was taken since, and what was in as long before. */
  since: number
  takes: number
  before: number
  /** What is drawn already, until when, and what else the bucket said then. */
  spare: number
  until: number
  drawn: Drawn | undefined
  isDrawing: boolean
  /** In the bucket itself, when it was drawn from last. */
  left: number
}

/** @param now milliseconds since 1970. */
export function drawAhead(buckets: Buckets, now: () => number = Date.now): Buckets {
  const hands = new Map<string, Hand>()
  const handOf = (name: string, at: number): Hand => {
    const known = hands.get(name)
    if (known) return known
    if (hands.size >= MOST_HANDS) hands.clear()
    const hand: Hand = {
      ...{ since: at, takes: 0, before: 0, spare: 0, until: 0 },
      ...{ drawn: undefined, isDrawing: false, left: 0 },
    }
    hands.set(name, hand)
    return hand
  }
  return {
    async take(name, cost, size) {
      const at = now()
      const hand = handOf(name, at)
      count(hand, at)
      const { drawn } = hand
      if (drawn && hand.spare >= cost && at < hand.until) {
        hand.spare -= cost
        return { ...drawn, left: drawn.left + hand.spare }
      }
      // One at a time draws more than it needs, or all who come meanwhile would.
      const more = hand.isDrawing ? 0 : moreOf(hand, size)
      if (more === 0) {
        const exact = await buckets.take(name, cost, size)
        hand.left = exact.left
        return exact
      }
      hand.isDrawing = true
      try {
        const ahead = await buckets.take(name, cost + more, size)
        hand.left = ahead.left
        if (!ahead.taken) return await buckets.take(name, cost, size)
        Object.assign(hand, { drawn: ahead, spare: more, until: now() + HAND_MS })
        return { ...ahead, left: ahead.left + more }
      } finally {
        hand.isDrawing = false
      }
    },
  }
}

function count(hand: Hand, at: number): void {
  const past = at - hand.since
  if (past >= HAND_MS || past < 0) {
    hand.before = past < 2 * HAND_MS ? hand.takes : 0
    hand.takes = 0
    hand.since = at
  }
  hand.takes++
}

/** None of a bucket that is nearly empty, where each counts. */
function moreOf({ before, left }: Hand, { burst }: BucketSize): number {
  const more = Math.floor(Math.min(before, MOST_SHARE * burst))
  return left > 2 * more ? more : 0
}
