import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { poissonArrivals, readMix, readRecording, recordingOf } from './arrivals.ts'
import type { EndedJob } from './ask-gateway.ts'
import { drawCurves, keptCurves } from './curves.ts'
import { missedGoals } from './goals.ts'
import { createHistogram } from './histogram.ts'
import { growthOf } from './memory-watch.ts'
import { erlangC, expectedWait, waitOfThese } from './queueing.ts'
import { summarise } from './summary.ts'

describe('a histogram', () => {
  it('knows every quantile to half a percent, over six powers of ten', () => {
    const histogram = createHistogram()
    const values = Array.from({ length: 10_000 }, (_, i) => 10 ** (-2 + (6 * i) / 9_999))
    for (const value of values) histogram.add(value)
    for (const share of [0.01, 0.5, 0.95, 0.999]) {
      const exact = values[Math.ceil(share * values.length) - 1] ?? 0
      expect(histogram.quantile(share) / exact).toBeGreaterThan(0.999)
      expect(histogram.quantile(share) / exact).toBeLessThan(1.0055)
    }
    expect(histogram.quantile(1)).toBe(histogram.most())
  })
})

describe('the wait in theory', () => {
  it('is Pollaczek and Khinchine’s for one engine', () => {
    // Jobs that all take as long: ρ S / (2 (1 − ρ)).
    expect(expectedWait(0.8, [1, 1, 1])).toEqual({ busy: 0.8, wait: expect.closeTo(2, 9) })
    const mixed = expectedWait(0.25, [1, 3])
    expect(mixed.wait).toBeCloseTo((0.25 * 5) / (2 * 0.5), 9)
    expect(expectedWait(1, [1]).wait).toBe(Number.POSITIVE_INFINITY)
  })

  it('is Erlang’s for several', () => {
    expect(erlangC(2, 1)).toBeCloseTo(1 / 3, 9)
    expect(erlangC(1, 0.7)).toBeCloseTo(0.7, 9)
    expect(expectedWait(1, [1, 1], 2).wait).toBeCloseTo(1 / 6, 9)
  })

  it('is what a queue with those arrivals has', () => {
    const arrivals = poissonArrivals({ rate: 0.8, seconds: 200_000, mix: { modify: 1 }, seed: 3 })
    const served = arrivals.map(({ at }) => ({ at, prepare: 0, service: 1 }))
    expect(waitOfThese(served, 1) / expectedWait(0.8, [1]).wait).toBeCloseTo(1, 1)
    const longer = arrivals.map(({ at }) => ({ at, prepare: 0, service: 2 }))
    expect(waitOfThese(longer, 2) / expectedWait(0.8, [2], 2).wait).toBeCloseTo(1, 1)
  })

  it('of a few jobs is what each finds before it', () => {
    const jobs = [0, 1, 1, 9].map((at) => ({ at, prepare: 0, service: 3 }))
    expect(waitOfThese(jobs, 1)).toBe((0 + 2 + 5 + 0) / 4)
    expect(waitOfThese(jobs, 2)).toBe((0 + 0 + 2 + 0) / 4)
    // The second is prepared while the first is drawn, whose own preparing kept the engine.
    const prepared = [0, 1].map((at) => ({ at, prepare: 2, service: 3 }))
    expect(waitOfThese(prepared, 1)).toBe((0 + 2) / 2)
  })
})

describe('arrivals', () => {
  it('come at the rate and in the mix that were asked for, the same for a seed', () => {
    const day = { rate: 2, seconds: 5_000, mix: readMix('modify:6,copy:3,txt2img:1'), seed: 1 }
    const arrivals = poissonArrivals(day)
    expect(arrivals.length / 10_000).toBeCloseTo(1, 1)
    const copies = arrivals.filter(({ mode }) => mode === 'copy').length
    expect(copies / arrivals.length).toBeCloseTo(0.3, 1)
    expect(poissonArrivals(day)).toEqual(arrivals)
  })

  it('can be recorded and played again; a line that is wrong is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'i2i-load-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'day.jsonl')
    const day = poissonArrivals({ rate: 1, seconds: 20, mix: { copy: 1 }, seed: 2 })
    await writeFile(file, recordingOf(day))
    expect(await readRecording(file)).toEqual(day)
    await writeFile(file, `${recordingOf(day.slice(0, 1))}{"at": -1, "mode": "copy"}\n`)
    await expect(readRecording(file)).rejects.toThrow(/day\.jsonl, line 2: at /)
    expect(() => readMix('video:1')).toThrow('--mix takes')
  })
})

describe('what a run comes to', () => {
  const job = (more: Partial<EndedJob>): EndedJob => ({
    ...{
      mode: 'modify',
      at: 0,
      error: undefined,
      provider: 'local-sdxl',
      totalMs: 3_100,
      insideMs: 3_050,
    },
    ...{ stages: { reference: 50, denoise: 2_900, files: 80 }, ...more },
  })

  it('counts errors and fallbacks, and holds times against the brief', () => {
    const jobs = [
      ...Array.from({ length: 8 }, () => job({})),
      job({ totalMs: 2_000, insideMs: 5_050 }),
      job({ provider: 'replicate', stages: {} }),
      job({ error: 'queue-full', provider: undefined }),
    ]
    const found = summarise(jobs, { seconds: 100, engines: 1, dollarsAnHour: 3.6 })
    expect(found).toMatchObject({ ended: 10, errors: { 'queue-full': 1 }, fallbacks: 1 })
    expect(found.modes[0]).toMatchObject({ withinBest: 0.1, withinWorst: 1 })
    // One of nine waited for two seconds.
    expect(found.wait.measured).toBeCloseTo(2_000 / 9, 6)
    expect(found.thousand).toBeCloseTo(10, 6)
    const svg = drawCurves({ summary: keptCurves.shape.summary.parse(found) })
    for (const part of ['xmlns', '<path', '</svg>']) expect(svg).toContain(part)
  })

  it('names each goal that was missed, and judges no spread and no wait of a few jobs', () => {
    const judged = (jobs: readonly EndedJob[], ratio = 1) =>
      missedGoals(summarise(jobs, { seconds: 10_000, engines: 1, dollarsAnHour: undefined }), [
        { page: 'http://localhost/metrics', process: 'worker', ratio, megabytes: 600 },
      ])
    // One every ten seconds, which nobody waits for; the last is asked for while the one before it is drawn.
    const even = Array.from({ length: 200 }, (_, i) => job({ at: i === 199 ? 1_981 : 10 * i }))
    const last = { ...even.at(-1), insideMs: 4_950, totalMs: 5_000 } as EndedJob
    const line = even.with(199, last)
    expect(judged(line)).toEqual([])
    expect(judged(line.with(0, job({ error: 'queue-full' })), 1.2)).toEqual([
      '1 jobs failed',
      'memory of worker grew by ×1.20',
    ])
    const slow = line.map((each, i) =>
      i % 20 === 0 ? { ...each, stages: { denoise: 6_000 }, insideMs: 6_020 } : each,
    )
    expect(judged(slow)).toEqual([expect.stringContaining('modify’s p99')])
    const held = line.with(5, { ...line[5], insideMs: 9_000 } as EndedJob)
    expect(judged(held)).toEqual([expect.stringContaining('waits are ×')])
    expect(judged(held.slice(0, 50))).toEqual([])
  })

  it('knows memory that grows from memory that is flat', () => {
    const looks = Array.from({ length: 40 }, (_, i) => 1e8 + (i < 10 ? 0 : 1e7))
    expect(growthOf(looks).ratio).toBe(1)
    expect(growthOf(looks.map((bytes, i) => bytes + i * 1e6)).ratio).toBeGreaterThan(1.1)
  })
})
