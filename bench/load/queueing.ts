/** How long jobs wait in theory, from how they arrive and how long each takes: what a measured wait is held against. */

export interface Expected {
  /** Share of the time that each engine is busy. */
  readonly busy: number
  /** Mean, in the unit of the service times; infinite where more arrives than is done. */
  readonly wait: number
}

/**
 * Arrivals at random (Poisson) to engines that take one job after another. For one engine Pollaczek and Khinchine's
 * formula, which is exact: λ E[S²] / (2 (1 − ρ)). For several, Lee and Longton's approximation of M/G/c: M/M/c's wait
 * (Erlang C) times (1 + c²) / 2, where c is the coefficient of variation of service times.
 * @param rate arrivals in a unit of time @param services how long jobs took
 */
export function expectedWait(rate: number, services: readonly number[], engines = 1): Expected {
  const mean = meanOf(services)
  const second = meanOf(services.map((service) => service ** 2))
  const busy = (rate * mean) / engines
  if (services.length === 0 || busy >= 1) return { busy, wait: Number.POSITIVE_INFINITY }
  const variation = second / mean ** 2 - 1
  const waitOfMany = (erlangC(engines, rate * mean) * mean) / (engines * (1 - busy))
  return { busy, wait: (waitOfMany * (1 + variation)) / 2 }
}

/** The probability that all of so many engines are busy, under an offered load in engines. */
export function erlangC(engines: number, offered: number): number {
  // Erlang B by recursion, which does not overflow.
  let blocked = 1
  for (let n = 1; n <= engines; n++) blocked = (offered * blocked) / (n + offered * blocked)
  const busy = offered / engines
  return blocked / (1 - busy * (1 - blocked))
}

export interface Served {
  /** When it arrived. */
  readonly at: number
  /** How long it is prepared before an engine can take it, in the same unit; meanwhile another may be drawn. */
  readonly prepare: number
  /** How long an engine has it. */
  readonly service: number
}

/**
 * Mean wait of just these jobs, each prepared and then taken in its turn by the engine that is free first: for one engine,
 * Lindley's recursion. One that finds all idle waits for nobody, and yet keeps an engine from its work until it is prepared.
 */
export function waitOfThese(jobs: readonly Served[], engines: number): number {
  const free = Array.from({ length: engines }, () => Number.NEGATIVE_INFINITY)
  const waits = jobs
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, prepare, service }) => {
      const first = free.indexOf(Math.min(...free))
      const ready = at + prepare
      const begins = Math.max(ready, free[first] ?? ready)
      free[first] = begins + service
      return begins - ready
    })
  return meanOf(waits)
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
