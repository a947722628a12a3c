/** What is harmed when, all of it from one seed: the same seed harms the same things in the same order. */
import { createMersenneTwister } from '#pipeline/mersenne-twister.ts'
import type { Fault } from '#platform/redis/fault-proxy.case.ts'
import { LEASE_MS } from './settings.ts'

export interface Kill {
  /** Since the one before. */
  readonly afterMs: number
  readonly slot: number
}

/** Longer than a lease: it comes back in the middle of a job that it has lost. */
export interface Freeze extends Kill {
  readonly forMs: number
}

export interface LinkFault {
  /** Since the one before was over. */
  readonly afterMs: number
  readonly link: number
  readonly fault: Exclude<Fault, 'pass'>
  readonly forMs: number
}

/** Of Redis, or of the database. */
export interface ServerKill {
  /** By then so much of all jobs was delivered: a time would fall after the end of a short run. */
  readonly atShare: number
  readonly downMs: number
}

/** Without end; one about every two seconds. */
export function* workerKills(seed: number, slots: number): Generator<Kill> {
  const { between } = chance(seed, 'workers')
  for (;;) yield { afterMs: between(1_500, 2_500), slot: between(0, slots - 1) }
}

/** Without end. A gateway takes seconds to start, so that more would leave none. */
export function* gatewayKills(seed: number, slots: number): Generator<Kill> {
  const { between } = chance(seed, 'gateways')
  for (;;) yield { afterMs: between(3_000, 6_000), slot: between(0, slots - 1) }
}

/** Without end. */
export function* freezes(
  seed: number,
  slots: number,
  stream: 'freezes' | 'gateway-freezes' = 'freezes',
): Generator<Freeze> {
  const { between } = chance(seed, stream)
  for (;;) {
    const [afterMs, slot] = [between(1_500, 3_500), between(0, slots - 1)]
    yield { afterMs, slot, forMs: LEASE_MS + between(200, 1_000) }
  }
}

/** Without end. Some last for longer than a lease. */
export function* linkFaults(seed: number, links: number): Generator<LinkFault> {
  const { between } = chance(seed, 'links')
  const faults = ['drop-replies', 'black-hole', 'cut'] as const
  for (;;) {
    yield {
      afterMs: between(500, 2_000),
      link: between(0, links - 1),
      fault: faults[between(0, faults.length - 1)] ?? 'cut',
      forMs: between(1, 4) === 1 ? LEASE_MS + between(200, 1_200) : between(100, 1_000),
    }
  }
}

/** In each quarter but the first, never at its very end. */
export function serverKills(seed: number, server: 'redis' | 'database'): ServerKill[] {
  const { between } = chance(seed, server)
  return [1, 2, 3].map((quarter) => ({
    atShare: quarter / 4 + between(0, 200) / 1_000,
    downMs: between(300, 2_000),
  }))
}

/** By then so much of all jobs was delivered: in the middle, where most is under way. */
export function emptyingAt(seed: number): number {
  return chance(seed, 'emptying').between(350, 600) / 1_000
}

const LEAST_POISON = 2

/** Which jobs of so many and themselves are poison: in the first half, for each takes a while to be buried. */
export function poisonPlaces(jobs: number): ReadonlySet<number> {
  if (jobs === 0) return new Set()
  const count = Math.max(LEAST_POISON, Math.floor(jobs / 1_000))
  const places = Array.from({ length: count }, (_, i) =>
    Math.floor((jobs / 2) * ((i + 0.5) / count)),
  )
  return new Set(places)
}

const streams = [
  ...(['workers', 'freezes', 'links', 'redis', 'receiver'] as const),
  ...(['gateways', 'gateway-freezes', 'database', 'emptying', 'clients'] as const),
] as const

/** Numbers of their own for each who draws them, so that none depends on how often another did. */
export function chance(seed: number, stream: (typeof streams)[number]) {
  const next = createMersenneTwister((seed * streams.length + streams.indexOf(stream)) >>> 0)
  return {
    /** A whole number, both ends included. */
    between: (least: number, most: number) =>
      least + Math.floor((next() / 2 ** 32) * (most - least + 1)),
  }
}
