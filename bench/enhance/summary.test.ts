import { expect, test } from 'vitest'
import { type Run, summarise } from './summary.ts'

const ran = (side: string, { ms, ids = [1, 2] }: { ms: number; ids?: number[] }): Run => ({
  ...{ size: '0.5B', side, loadAverage: 0 },
  found: {
    ...{ loadMs: 1, promptMs: [100, 300], allMs: [100 + 10 * ms, 300 + 10 * ms], ids },
    memory: { peakMb: 1, anonymousMb: 1, fileMb: 1 },
  },
})

test('a token’s time is what is left without the prompt’s, over transformers’', () => {
  const found = summarise([ran('loop', { ms: 20 }), ran('transformers', { ms: 40 })], 10)
  expect(found).toMatchObject([
    { what: '0.5B, loop', tokensPerSecond: 50, ratio: 0.5, wroteTheSame: true },
    { what: '0.5B, transformers', tokensPerSecond: 25 },
  ])
  expect(found[1]).not.toHaveProperty('ratio')
})

test('who writes other tokens is seen, but for four bits, which have no peer', () => {
  const [loop, bits] = summarise(
    [
      ran('loop', { ms: 20, ids: [1, 3] }),
      ran('loop, 4 bits', { ms: 10, ids: [7, 7] }),
      ran('transformers', { ms: 40 }),
    ],
    10,
  )
  expect(loop?.wroteTheSame).toBe(false)
  expect([bits?.wroteTheSame, bits?.ratio]).toEqual([true, undefined])
})
