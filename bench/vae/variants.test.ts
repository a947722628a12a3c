import { describe, expect, it } from 'vitest'
import { nameOf, type Round, summarise, variantsOn } from './variants.ts'

const round = (changes: Partial<Round>): Round => ({
  subject: 'vae-decoder',
  side: 512,
  whose: 'ours',
  precision: 'float32',
  tiled: false,
  weights: 'prepared',
  loadMs: 1,
  warmUpMs: 30,
  evaluationsMs: [10, 20],
  memory: { peakMb: 500, anonymousMb: 400, fileMb: 100 },
  loadAverage: 1,
  ...changes,
})

describe('variantsOn', () => {
  it('tries half precision where there is any, and tiles everywhere', () => {
    expect(variantsOn('cpu', { peer: false }).map(nameOf)).toEqual([
      'ours, float32',
      'ours, float32, tiled',
    ])
    expect(variantsOn('cuda', { peer: true })).toHaveLength(8)
  })
})

describe('summarise', () => {
  it('compares with the peer in the same setting alone', () => {
    const rows = summarise(
      [
        round({}),
        round({ tiled: true, evaluationsMs: [40] }),
        round({ whose: 'peer', evaluationsMs: [30] }),
      ],
      { device: 'cpu', peak: undefined },
    )
    expect(rows.map(({ ratio }) => ratio)).toEqual([0.5, undefined, undefined])
    expect(rows[0]?.ratioOfLeast).toBe(10 / 30)
  })

  it('keeps sizes apart', () => {
    const rows = summarise([round({}), round({ side: 256 })], { device: 'cpu', peak: undefined })
    expect(rows.map(({ side }) => side)).toEqual([512, 256])
  })
})
