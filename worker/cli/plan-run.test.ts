import { expect, test } from 'vitest'
import { planRun } from './plan-run.ts'

const planned = (given: Readonly<Record<string, string>>) =>
  planRun({ command: 'modify', photo: 'a.jpg', prompt: 'x', given, ignored: [] })

test('a reference strength is one minus the denoise strength', () => {
  const { denoiseStrength, evaluations } = planned({ 'reference-strength': '0.8', steps: '25' })
  expect([denoiseStrength, evaluations]).toEqual([0.2, 5])
})

test('without a seed each run draws another, one that fits in 32 bits', () => {
  const seeds = Array.from({ length: 20 }, () => planned({}).seed)
  expect(new Set(seeds).size).toBe(20)
  expect(Math.max(...seeds)).toBeLessThan(2 ** 32)
  expect(planned({ seed: '0' }).seed).toBe(0)
})

test.each([
  [{ denoise: '1.5' }, '--denoise must be from 0 to 1, not "1.5".'],
  [{ denoise: 'NaN' }, '--denoise must be a number from 0 to 1, not "NaN".'],
  [{ denoise: '' }, '--denoise must be a number from 0 to 1, not "".'],
  [{ 'reference-strength': '-0.1' }, '--reference-strength must be from 0 to 1, not "-0.1".'],
  [{ steps: '0' }, '--steps must be a whole number from 1 to 150, not "0".'],
  [{ steps: '2.5' }, '--steps must be a whole number from 1 to 150, not "2.5".'],
  [{ seed: '-1' }, '--seed must be a whole number from 0 to 9007199254740991, not "-1".'],
  [{ guidance: '0.5' }, '--guidance must be from 1 to 30, not "0.5".'],
  [{ images: '7', windows: '17' }, /^--windows .* 16, not "17"; --images .* 6, not "7"\.$/],
  [
    { negative: 'x'.repeat(10_001) },
    /^--negative is longer than 10000 characters, not "x{39}…"\.$/,
  ],
  [{ scheduler: 'unipc' }, /^--scheduler must be one of euler, .*, lcm, not "unipc"\.$/],
  [{ syntax: '' }, '--syntax must be one of none, compel, a1111, not "".'],
])('%j is refused in the words that were typed', (given, sentence) => {
  expect(() => planned(given)).toThrow(sentence)
})

test('a prompt over 10,000 characters is refused', () => {
  const args = { command: 'generate', photo: undefined, given: {}, ignored: [] } as const
  expect(() => planRun({ ...args, prompt: 'x'.repeat(10_001) })).toThrow(
    'The prompt is longer than 10000 characters.',
  )
})
