import { describe, expect, it } from 'vitest'
import type { Peak } from '../roofline/peak.ts'
import { type Round, summarise, table } from './summary.ts'

const peak: Peak = {
  name: 'round numbers',
  source: 'measured',
  tflops: { float32: 1, float16: 1 },
  gbPerSecond: 1000,
}
const on = { device: 'cpu', side: 1024, peak } as const

const round = (changes: Partial<Round>, ...evaluationsMs: number[]): Round => ({
  kind: 'modify',
  side: 'ours',
  evaluations: 2,
  guided: true,
  loadMs: 100,
  firstMs: 50,
  runs: [{ totalMs: 10, evaluationsMs, stages: { prompt: 1, denoise: 8 } }],
  memory: { peakMb: 1000, anonymousMb: 500, fileMb: 500 },
  loadAverage: 1,
  ...changes,
})

describe('summarise', () => {
  it('takes the evaluations of all processes of a kind and side together', () => {
    const [subject] = summarise([round({}, 10, 20), round({ loadMs: 300 }, 30)], on)
    expect(subject).toMatchObject({
      evaluationMs: { median: 20, least: 10, most: 30 },
      loadMs: 200,
    })
    expect(subject?.stages).toEqual({ prompt: 1, denoise: 8 })
  })

  // 6.761236398080 trillion operations for one sample, at one trillion a second.
  it('measures a guided evaluation by two runs of the UNet, an unguided one by one', () => {
    const rounds = [round({}, 20_000), round({ kind: 'copy', guided: false }, 20_000)]
    const shares = summarise(rounds, on).map(({ roofline }) => roofline)
    expect(shares[0]?.floorMs).toBeCloseTo(13522.47, 2)
    expect(shares[0]?.share).toBeCloseTo(0.676, 3)
    expect(shares[1]?.floorMs).toBeCloseTo(6761.24, 2)
  })

  it('divides ours by the peer where the peer ran, kind by kind', () => {
    const peer: Partial<Round> = { side: 'peer', runs: [{ totalMs: 40, evaluationsMs: [20, 20] }] }
    const subjects = summarise([round({}, 10), round(peer), round({ kind: 'turbo' }, 5)], on)
    expect(subjects.map(({ ratio }) => ratio)).toEqual([0.25, undefined, undefined])
  })

  it('says nothing of a peak that is not known', () => {
    const [subject] = summarise([round({}, 10)], { ...on, peak: undefined })
    expect(subject).not.toHaveProperty('roofline')
    expect(table(subject ? [subject] : [])[1]).toMatch(/ - +- /)
  })
})
