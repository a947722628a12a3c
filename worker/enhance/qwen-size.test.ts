import { expect, test } from 'vitest'
import { qwen25 } from '#models/networks/qwen2.ts'
import { parseGpus } from '#worker/gpu/gpu-list.ts'
import { chooseWeights, qwenBytes } from './qwen-size.ts'
import { roomInMemory, roomOnCard } from './room.ts'

const answerOf = (...freeMb: readonly (number | string)[]) => {
  const lines = freeMb.map((mb) => `NVIDIA RTX, 580.65.06, 81559, ${mb}, Disabled, 8.9`)
  const [first, ...more] = parseGpus(lines.join('\n'))
  if (!first) throw new Error('no GPU in it')
  return { kind: 'gpus', gpus: [first, ...more] } as const
}

test('the 7B is 15.2 GB on a GPU as it is and 5.1 in four bits, with a gigabyte beside either', () => {
  const { full, '4bit': packed } = qwenBytes(qwen25['7B'], 'cuda')
  expect((full - 2 ** 30) / 1e9).toBeCloseTo(15.23, 2)
  expect((packed - 2 ** 30) / 1e9).toBeCloseTo(5.07, 1)
})

test('a tied table is held as it is, for looking up, beside its four bits', () => {
  const { '4bit': packed } = qwenBytes(qwen25['0.5B'], 'cpu')
  const table = 151_936 * 896
  expect(packed).toBeGreaterThan(table * 4 + table * 0.5)
})

test.each([
  [79_000, 'full'],
  [24_100, '4bit'],
  ['[N/A]', '4bit'],
] as const)('beside SDXL on a card with %s MiB free the 7B goes as %s', (freeMb, form) => {
  expect(chooseWeights('auto', qwenBytes(qwen25['7B'], 'cuda'), roomOnCard(answerOf(freeMb)))).toBe(
    form,
  )
})

test('what had its room before has it again, whatever is free beside it now', () => {
  expect(chooseWeights('full', qwenBytes(qwen25['7B'], 'cuda'), undefined)).toBe('full')
})

test('where neither form fits it is refused, with the sums and the mend', () => {
  const bytes = qwenBytes(qwen25['7B'], 'cuda')
  expect(() => chooseWeights('auto', bytes, roomOnCard(answerOf(81_000, 16_000)))).toThrow(
    'Qwen 2.5 takes 6.1 GB in four bits, and there is room for 0.7 GB (the GPU has 16.8 GB free, of which SDXL takes 16.1 GB): take a smaller Qwen, or unset QWEN_PATH.',
  )
  expect(() => chooseWeights('full', bytes, roomOnCard(answerOf(24_100)))).toThrow(
    /Qwen 2\.5 takes 16\.3 GB, .*: set QWEN_WEIGHTS=4bit, or unset QWEN_PATH\.$/,
  )
})

test('a machine lends half of its memory, or of its container’s', () => {
  expect(roomInMemory(64e9, 0).bytes).toBe(32e9)
  expect(roomInMemory(64e9, 8e9)).toEqual({ bytes: 4e9, words: 'half of the memory, 8.0 GB' })
  expect(roomInMemory(64e9, 2 ** 63).bytes).toBe(32e9)
})
