import { describe, expect, it } from 'vitest'
import {
  emptyingAt,
  freezes,
  gatewayKills,
  linkFaults,
  poisonPlaces,
  serverKills,
  workerKills,
} from './plan.ts'
import { LEASE_MS } from './settings.ts'

const first = <Value>(values: Generator<Value>, count: number): Value[] =>
  Array.from({ length: count }, () => values.next().value)

describe('the plan', () => {
  it('is the same for the same seed, and another for another', () => {
    const plan = (seed: number) => [
      first(workerKills(seed, 3), 20),
      first(freezes(seed, 3), 20),
      first(linkFaults(seed, 3), 20),
      first(gatewayKills(seed, 2), 20),
      first(freezes(seed, 2, 'gateway-freezes'), 20),
      serverKills(seed, 'redis'),
      serverKills(seed, 'database'),
      emptyingAt(seed),
    ]
    expect(plan(7)).toEqual(plan(7))
    for (const [i, part] of plan(8).entries()) expect(part).not.toEqual(plan(7)[i])
  })

  it('kills every worker, one about every two seconds', () => {
    const kills = first(workerKills(1, 3), 300)
    expect(new Set(kills.map(({ slot }) => slot))).toEqual(new Set([0, 1, 2]))
    const mean = kills.reduce((sum, { afterMs }) => sum + afterMs, 0) / kills.length
    expect(mean).toBeGreaterThan(1_900)
    expect(mean).toBeLessThan(2_100)
  })

  it.each(['redis', 'database'] as const)(
    'kills %s three times, in order, while there is work left',
    (server) => {
      for (let seed = 0; seed < 50; seed++) {
        const shares = serverKills(seed, server).map(({ atShare }) => atShare)
        expect(shares).toHaveLength(3)
        expect(shares).toEqual(shares.toSorted((a, b) => a - b))
        expect(shares.at(-1)).toBeLessThan(0.96)
      }
    },
  )

  it('has poison in the first half, a tenth of a percent and never less than two', () => {
    expect([...poisonPlaces(500)]).toEqual([62, 187])
    const places = [...poisonPlaces(10_000)]
    expect(places).toHaveLength(10)
    expect(Math.max(...places)).toBeLessThan(5_000)
  })

  it('has every fault on every link, some for longer than a lease', () => {
    const faults = first(linkFaults(1, 3), 300)
    const kinds = new Set(faults.map(({ link, fault }) => `${fault} ${link}`))
    expect(kinds.size).toBe(9)
    expect(faults.filter(({ forMs }) => forMs > LEASE_MS).length).toBeGreaterThan(40)
  })
})
