import { describe, expect, it } from 'vitest'
import { relativeError } from '#models/graph/tensor.case.ts'
import { words } from '#models/graph/words.case.ts'
import { writtenWord } from '#models/graph/written-word.case.ts'
import { openSession } from '#worker/engine/session.ts'
import { type LoweringName, loweringNames, lowerings, workingLowering } from './lowerings.ts'
import type { PartReport } from './part-report.ts'

const convolutions = Object.entries(words).filter(([name]) => name.startsWith('conv2d'))

it.each(convolutions)('plain convolutions between channels-last values: %s', async (_, word) => {
  const lowering = lowerings['cuda, plain convolutions']
  const options = { lowering, precision: 'float32', sides: 'known' } as const
  const { model, feeds, expected, operators } = writtenWord(word, options)
  expect(operators).toContain('.Conv')
  const how = { device: 'cpu', weights: 'in-place', threads: 1 } as const
  await using session = await openSession<string, 'result'>(model, how)
  const { result } = await session.run(feeds)
  expect(relativeError(result, expected.data)).toBeLessThan(1e-5)
})

/** As if the UNet ran in these spellings alone. */
const unetRan = (...names: readonly LoweringName[]): PartReport => ({
  part: 'unet',
  ended: 'done',
  seconds: 1,
  gpuMb: { before: null, peak: null, after: null },
  rows: loweringNames.map((what) =>
    names.includes(what) ? { what } : { what, failed: 'no kernel' },
  ),
})

const wrongWord = (what: string): PartReport => ({
  ...unetRan(),
  part: 'words',
  rows: [{ what, failed: 'is 1.0e+0 from its reference' }],
})

describe('the spelling that later parts measure', () => {
  const choose = (...reports: readonly PartReport[]) => workingLowering(reports, 'cuda')

  it("is the engine's own, unless it was found not to run", () => {
    expect(choose()).toBe('cuda')
    expect(choose(unetRan(...loweringNames))).toBe('cuda')
    expect(choose(unetRan('cuda, plain convolutions', 'portable'))).toBe('cuda, plain convolutions')
    expect(choose(unetRan('portable'))).toBe('portable')
    expect(choose(unetRan())).toBe('cuda')
  })

  it('has plain convolutions where the others run but compute something else', () => {
    const wrong = wrongWord('conv2d of stride 2, sides odd, float16')
    expect(choose(wrong, unetRan(...loweringNames))).toBe('cuda, plain convolutions')
    expect(choose(wrongWord('geglu, float16'), unetRan(...loweringNames))).toBe('cuda')
  })

  it('is the portable one on a CPU, which has no kernel for the fused operators', () => {
    expect(workingLowering([], 'cpu')).toBe('portable')
  })
})
