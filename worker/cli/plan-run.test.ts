import { describe, expect, test } from 'vitest'
import { type Distilled, planRun } from './plan-run.ts'

const planned = (given: Readonly<Record<string, string>>, distilled?: Distilled) =>
  planRun({ command: 'modify', photo: 'a.jpg', prompt: 'x', given, ignored: [] }, distilled)

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

test('an interval is two shares of the schedule', () => {
  const { guidanceInterval, evaluations, networkRuns } = planned({ 'guidance-interval': '0-0.6' })
  expect([guidanceInterval, evaluations, networkRuns]).toEqual([[0, 0.6], 12, 14])
})

test('a style follows the prompt, and one that there is not is refused with those that there are', () => {
  const { prompt } = planned({ shot: 'close', style: 'Low Key', lighting: 'neon' })
  expect(prompt).toBe('x, close-up shot, low key lighting, deep shadows, high contrast, neon light')
  expect(() => planned({ angle: 'sideways' })).toThrow(
    '--angle must be one of eye_level, low_angle',
  )
  expect(() => planned({ style: 'x'.repeat(301) })).toThrow('--style is longer than 300 characters')
})

describe('a distilled checkpoint', () => {
  const lightning = { scheduler: 'euler_trailing', steps: 8, guidanceScale: 1 }

  test('makes turbo the quality, whether the environment names it or an option', () => {
    expect(planned({}, { distillation: 'lightning' })).toMatchObject(lightning)
    expect(planned({ distillation: 'lightning' })).toMatchObject(lightning)
    const both = planned({ distillation: 'dmd2' }, { distillation: 'lightning' })
    expect(both).toMatchObject({ scheduler: 'lcm_trailing', steps: 4 })
  })

  test('runs as another does where that is asked for', () => {
    const high = planned({ quality: 'high' }, { distillation: 'lightning' })
    expect(high).toMatchObject({ scheduler: 'euler', steps: 25 })
  })

  test('is the one that the environment names, not one that was typed', () => {
    const typed = { checkpoint: 'other.safetensors' }
    expect(planned(typed, { distillation: 'lightning' })).toMatchObject({ steps: 25 })
    expect(planned({ ...typed, distillation: 'lightning' })).toMatchObject(lightning)
  })

  test('goes before a LoRA, which makes turbo possible and never the default', () => {
    const turbo = { steps: 6, scheduler: 'tcd', guidanceScale: 1 } as const
    expect(planned({}, { turbo })).toMatchObject({ steps: 25 })
    expect(planned({ quality: 'turbo' }, { turbo })).toMatchObject(turbo)
    expect(planned({}, { turbo, distillation: 'lightning' })).toMatchObject(lightning)
  })
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
  [{ 'guidance-interval': '0.6' }, '--guidance-interval must be of the form 0-0.6, not "0.6".'],
  [{ 'guidance-interval': '0--1' }, '--guidance-interval must be of the form 0-0.6, not "0--1".'],
  [
    { 'guidance-interval': '0.6-0' },
    '--guidance-interval must be two numbers from 0 to 1, the smaller first, not "0.6-0".',
  ],
  [{ 'guidance-interval': '0-x' }, '--guidance-interval must be two numbers from 0 to 1'],
  [{ distillation: 'turbo' }, '--distillation must be one of lcm, lightning, hyper, dmd2, not'],
  [
    { quality: 'turbo' },
    /^turbo needs a checkpoint .* or --distillation, one of .* fast or high\.$/,
  ],
  [{ images: '7', windows: '17' }, /^--windows .* 16, not "17"; --images .* 6, not "7"\.$/],
  [
    { negative: 'x'.repeat(10_001) },
    /^--negative is longer than 10000 characters, not "x{39}…"\.$/,
  ],
  [{ scheduler: 'unipc' }, /^--scheduler must be one of euler, .*, tcd, not "unipc"\.$/],
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
