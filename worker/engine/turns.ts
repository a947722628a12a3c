/**
 * Who is next among those that wait for something with several states, where changing its state is expensive: first those
 * that suit the state it is in, though nobody waits for ever.
 */

export interface TurnOptions {
  /** How often one may be overtaken. */
  readonly mostOvertaken?: number
  /** Milliseconds after it was first overtaken from which on one is not overtaken again. */
  readonly longestWait?: number
  /** Milliseconds, from whenever. */
  readonly now?: () => number
}

export interface Turns<Waiting> {
  /** `key` is the state it needs; undefined suits all. */
  join(waiting: Waiting, key: string | undefined): void
  /** Without its turn; false where it had that already. */
  leave(waiting: Waiting): boolean
  /** Takes out the next, in the order in which those of one key came; undefined where nobody waits. */
  next(open: string): Waiting | undefined
}

interface Place<Waiting> {
  readonly waiting: Waiting
  readonly key: string | undefined
  overtaken: number
  /** When it was first overtaken. */
  since: number
}

export function createTurns<Waiting>({
  mostOvertaken = 8,
  longestWait = 30_000,
  now = () => performance.now(),
}: TurnOptions = {}): Turns<Waiting> {
  /** As they came, so that whoever overtakes one overtakes all before it: the first has suffered most. */
  const places: Place<Waiting>[] = []

  // Time counts from the first overtaking, not from the arrival: where the queue is longer than the longest
  // wait all have waited too long, and to obey the order of arrival would change the state for each of them.
  const isOverdue = ({ overtaken, since }: Place<Waiting>) =>
    overtaken >= mostOvertaken || now() - since > longestWait

  return {
    join(waiting, key) {
      places.push({ waiting, key, overtaken: 0, since: Number.POSITIVE_INFINITY })
    },
    leave(waiting) {
      const index = places.findIndex((place) => place.waiting === waiting)
      if (index >= 0) places.splice(index, 1)
      return index >= 0
    },
    next(open) {
      const [first] = places
      if (!first) return undefined
      const suits = ({ key }: Place<Waiting>) => key === undefined || key === open
      const index = isOverdue(first) ? 0 : Math.max(0, places.findIndex(suits))
      for (const place of places.slice(0, index)) {
        place.overtaken += 1
        place.since = Math.min(place.since, now())
      }
      return places.splice(index, 1)[0]?.waiting
    },
  }
}
