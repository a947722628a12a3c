/** Whether our workers count as being there: slow to believe in their return, so that a flapping one moves no jobs. */

export interface PoolTimes {
  /** Without a sign of life, after which a worker is not counted: two beats. */
  readonly missedMs: number
  /** Signs of life in a row that a return takes. */
  readonly goodBeats: number
  /** That a fall lasts at least, times how often they fell lately. */
  readonly dwellMs: number
  readonly mostDwellMs: number
  /** After so long without a fall, those before are forgotten. */
  readonly calmMs: number
}

export const defaultPoolTimes: PoolTimes = {
  missedMs: 10_000,
  goodBeats: 3,
  dwellMs: 30_000,
  mostDwellMs: 300_000,
  calmMs: 600_000,
}

export interface Seen {
  readonly name: string
  /** Moves with every sign of life. */
  readonly lapsesAt: number
  /** Whether it takes jobs, by its own word. */
  readonly isWilling: boolean
}

export interface PoolState {
  readonly isUp: boolean
  /** By our clock, in ms. */
  readonly since: number
  /** Milliseconds since the last sign of life, of each that was seen. */
  readonly silentMs: ReadonlyMap<string, number>
  /** Those that are willing, and were heard of lately. */
  readonly live: ReadonlySet<string>
}

/** @returns what the pool is after each look at it. */
export function createPoolState(
  times: PoolTimes = defaultPoolTimes,
): (seen: readonly Seen[], now: number) => PoolState {
  let beats = new Map<string, { readonly lapsesAt: number; readonly at: number }>()
  let isUp: boolean | undefined
  let since = 0
  let goodBeats = 0
  let falls = 0
  let fellAt = Number.NEGATIVE_INFINITY

  const turn = (now: number, isNowUp: boolean) => {
    isUp = isNowUp
    since = now
    goodBeats = 0
  }
  const fall = (now: number) => {
    falls = now - fellAt > times.calmMs ? 1 : falls + 1
    fellAt = now
    turn(now, false)
  }
  return (seen, now) => {
    const before = beats
    beats = new Map(
      seen.map(({ name, lapsesAt }) => {
        const known = before.get(name)
        return [name, known?.lapsesAt === lapsesAt ? known : { lapsesAt, at: now }]
      }),
    )
    const silentMs = new Map([...beats].map(([name, { at }]) => [name, now - at]))
    const lively = seen.filter(
      ({ name, isWilling }) => isWilling && (silentMs.get(name) ?? 0) < times.missedMs,
    )
    const isHeard = lively.some(({ name }) => silentMs.get(name) === 0)
    if (isUp === undefined) {
      turn(now, lively.length > 0)
    } else if (isUp) {
      if (lively.length === 0) fall(now)
    } else {
      goodBeats = lively.length === 0 ? 0 : goodBeats + (isHeard ? 1 : 0)
      const dwell = Math.min(times.mostDwellMs, times.dwellMs * falls)
      if (goodBeats >= times.goodBeats && now - since >= dwell) turn(now, true)
    }
    const live = new Set(lively.map(({ name }) => name))
    return { isUp: isUp ?? false, since, silentMs, live }
  }
}
