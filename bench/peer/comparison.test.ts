import { describe, expect, it } from 'vitest'
import type { Floor } from '../roofline/floor.ts'
import { compare, type Round, type Side } from './comparison.ts'

const round = (side: Side, ...evaluationsMs: number[]): Round => ({
  side,
  weights: null,
  loadMs: 100,
  warmUpMs: 0,
  evaluationsMs,
  memory: { peakMb: 10, anonymousMb: 5, fileMb: 5 },
  loadAverage: 1,
})

const floor: Floor = {
  floorMs: 3,
  boundBy: 'compute',
  computeMs: 3,
  weightsMs: 1,
  trafficMs: 2,
}

describe('compare', () => {
  it('divides the median of all our evaluations by the median of all the peer made', () => {
    const rounds = [
      round('ours', 10, 11, 90),
      round('peer', 20, 22),
      round('peer', 24, 90),
      round('ours', 12, 12),
    ]
    const { ratio, sides } = compare(rounds, floor)
    expect(ratio).toBeCloseTo(12 / 23, 12)
    expect(sides.ours?.share).toBe(3 / 12)
  })

  it('says apart what the least disturbed evaluations come to', () => {
    const { ratioOfLeast } = compare([round('ours', 10, 900), round('peer', 40, 20)], floor)
    expect(ratioOfLeast).toBe(0.5)
  })

  it('compares prepared weights only where they ran', () => {
    const both = [round('ours', 10), round('peer', 20)]
    expect(compare(both, floor)).not.toHaveProperty('preparedRatio')
    expect(compare([...both, round('ours prepared', 5)], floor).preparedRatio).toBe(0.25)
  })

  it('refuses to compare with a side that never ran', () => {
    expect(() => compare([round('ours', 1)], floor)).toThrow('no values')
  })
})
