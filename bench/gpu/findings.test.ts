import { describe, expect, it } from 'vitest'
import { listedPeak } from '../roofline/gpu-peaks.ts'
import { findingsOf } from './findings.ts'
import type { PartReport } from './part-report.ts'
import type { Row } from './part-task.ts'
import { summary } from './summary.ts'

const report = (part: string, peak: number, ...rows: readonly Row[]): PartReport => ({
  part,
  ended: 'done',
  seconds: 12.34,
  gpuMb: { before: 500, peak, after: 600 },
  rows,
})

const NETWORK = { teraOperations: 6.761, weightBytes: 5.135e9, activationBytes: 13.4e9 }
const reports = [
  report('words', 700, { what: 'geglu, float16' }, { what: 'silu, float16', failed: 'no kernel' }),
  report(
    'unet',
    8000,
    { what: 'cuda', failed: 'no kernel' },
    { what: 'portable', precision: 'float16', steadyMs: 20, ...NETWORK },
  ),
  report('pictures', 9000, { what: 'modify', steadyMs: 650 }, { what: 'cold start', ms: 9000 }),
  report(
    'peer',
    12_000,
    { what: 'guided evaluation, eager', steadyMs: 60 },
    { what: 'guided evaluation, channels last', steadyMs: 44 },
  ),
  report('peer compiled', 12_000, { what: 'guided evaluation, compiled', failed: 'no compiler' }),
  report('exactness', 15_000, {
    what: 'picture, VAE float32',
    psnr: 38,
    failed: 'is under 40 dB',
  }),
]
const h100 = listedPeak('NVIDIA H100 80GB HBM3')

describe('findings', () => {
  const { stages, gates, headline } = findingsOf(reports, h100)
  const guided = stages.find(({ stage }) => stage === 'guided evaluation')

  it('set our two runs against one batch of two of the peer at its best', () => {
    expect(guided?.ours).toBe(40)
    expect(guided?.ahead).toBeCloseTo(44 / 40)
    expect(guided?.peer).toEqual({
      eager: 60,
      'channels last': 44,
      compiled: undefined,
      'CUDA graphs': undefined,
    })
  })

  it('say what the card could do at most', () => {
    // 2 × 6.761 TFLOP at the 989 TFLOP/s of the data sheet.
    expect(guided?.floorMs).toBeCloseTo(13.67, 2)
    expect(guided?.share).toBeCloseTo(13.67 / 40, 3)
    expect(findingsOf(reports, undefined).stages[0]?.floorMs).toBeUndefined()
  })

  it('fail the gates that were measured and do not hold, and pass none that was not measured', () => {
    expect(gates.map(({ verdict }) => verdict)).toEqual(['FAIL', 'FAIL', 'PASS', 'NOT MEASURED'])
    expect(headline).toMatchObject({ psnr: 38, modifyMs: 650, coldStartMs: 9000 })
  })

  it("count the memory of our parts alone, and not the peer's", () => {
    expect(headline.gpuPeakMb).toBe(15_000)
  })
})

describe('the summary', () => {
  const text = summary(reports, findingsOf(reports, h100)).join('\n')

  it('has the stages in one table, and dashes for what there is not', () => {
    expect(text).toMatch(/guided evaluation +40 ms +60 ms +44 ms +- +- +1\.10× +13\.7 ms +34 %/)
    expect(text).toMatch(/COPY +- +- +- +- +- +- +- +-/)
  })

  it('names what failed once with its reason, and the memory of each part', () => {
    expect(text).toContain('words: silu, float16; unet: cuda: no kernel')
    expect(text).toMatch(/exactness +12\.3 s +500 → 15000 → 600 MB +done/)
  })
})
