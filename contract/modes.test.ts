import { describe, expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { type Asked, modes, plan, schedulerNames } from './modes.ts'

describe('modify', () => {
  test('runs 12 evaluations of 25 steps unless asked otherwise', () => {
    expect(plan('modify', {}, 42)).toEqual({
      mode: 'modify',
      prompt: '',
      negativePrompt: null,
      promptSyntax: 'none',
      windows: undefined,
      denoiseStrength: 0.5,
      steps: 25,
      evaluations: 12,
      guidanceScale: 7.5,
      scheduler: 'euler',
      seed: 42,
      images: 1,
    })
  })

  test('has a fast preset of 15 steps, which what is given overrules', () => {
    expect(plan('modify', { quality: 'fast' }, 0)).toMatchObject({
      steps: 15,
      guidanceScale: 7,
      evaluations: 7,
    })
    const given = plan('modify', { quality: 'fast', steps: 40, guidanceScale: 3 }, 0)
    expect(given).toMatchObject({ steps: 40, guidanceScale: 3, evaluations: 20 })
    expect(plan('modify', { quality: 'high' }, 0)).toEqual(plan('modify', {}, 0))
  })

  test('takes one minus the reference strength where no denoise strength is given', () => {
    expect(plan('modify', { referenceStrength: 0.8 }, 0)).toMatchObject({
      denoiseStrength: 0.2,
      evaluations: 5,
    })
    const both = plan('modify', { referenceStrength: 0.8, denoiseStrength: 0.6 }, 0)
    expect(both).toMatchObject({ denoiseStrength: 0.6, evaluations: 15 })
  })

  test.each([
    [{ denoiseStrength: 0 }, 0, 0],
    [{ referenceStrength: 1 }, 0, 0],
    [{ denoiseStrength: 0.0099 }, 0.0099, 0],
    [{ denoiseStrength: 0.01 }, 0.01, 1],
    [{ denoiseStrength: 1 }, 1, 25],
    [{ referenceStrength: 0 }, 1, 25],
  ])('%o runs at %f, in %i evaluations', (asked, denoiseStrength, evaluations) => {
    expect(plan('modify', asked, 0)).toMatchObject({ denoiseStrength, evaluations })
  })
})

describe('copy', () => {
  test('runs one evaluation of 15 steps, without guidance or negative prompt', () => {
    expect(plan('copy', { prompt: 'as it is' }, 0)).toMatchObject({
      prompt: 'as it is',
      negativePrompt: null,
      denoiseStrength: 0.05,
      steps: 15,
      evaluations: 1,
      guidanceScale: 1,
    })
  })

  test.each([
    [{ denoiseStrength: 0.9 }, 0.05, 1],
    [{ referenceStrength: 0.1 }, 0.05, 1],
    [{ denoiseStrength: 0.03 }, 0.03, 1],
    [{ referenceStrength: 0.98 }, 0.02, 1],
    [{ denoiseStrength: 0 }, 0, 0],
    [{ denoiseStrength: 0.9, steps: 100 }, 0.05, 5],
  ])('%o denoises by %f at most, in %i evaluations', (asked, denoiseStrength, evaluations) => {
    expect(plan('copy', asked, 0)).toMatchObject({ denoiseStrength, evaluations })
  })

  test('has guidance off and no negative prompt, whatever is asked', () => {
    const asked = { guidanceScale: 12, negativePrompt: 'blurry', quality: 'high' } as const
    const { guidanceScale, negativePrompt, steps } = plan('copy', asked, 0)
    expect({ guidanceScale, negativePrompt, steps }).toEqual({
      guidanceScale: 1,
      negativePrompt: null,
      steps: 15,
    })
  })
})

test('txt2img runs the whole schedule, whatever strength is asked', () => {
  expect(plan('txt2img', { denoiseStrength: 0.3, referenceStrength: 0.9 }, 0)).toMatchObject({
    denoiseStrength: 1,
    steps: 25,
    evaluations: 25,
    guidanceScale: 7.5,
  })
  expect(plan('txt2img', { quality: 'fast' }, 0)).toMatchObject({
    steps: 15,
    evaluations: 15,
    guidanceScale: 7,
  })
})

test.each(modes)('%s keeps what was asked besides', (mode) => {
  const asked = {
    prompt: 'a (cat:1.2)',
    promptSyntax: 'a1111',
    windows: 2,
    scheduler: 'dpmpp_2m_karras',
    seed: 0,
    images: 6,
  } as const
  expect(plan(mode, asked, 99)).toMatchObject(asked)
})

test('an empty negative prompt is not the same as none', () => {
  expect(plan('modify', { negativePrompt: '' }, 0).negativePrompt).toBe('')
  expect(plan('modify', { negativePrompt: null }, 0).negativePrompt).toBe(null)
})

test('a prompt may have 10,000 characters', () => {
  expect(plan('modify', { prompt: 'x'.repeat(10_000) }, 0).prompt).toHaveLength(10_000)
})

const share = 'must be from 0 to 1'
const number = 'must be a number from 0 to 1'
const steps = 'steps must be a whole number from 1 to 150'
const guidance = 'guidanceScale must be'

// What arrives as JSON need not have the types it should.
test.each<[Record<string, unknown>, string]>([
  [{ denoiseStrength: -1 }, `denoiseStrength ${share}.`],
  [{ denoiseStrength: 1.5 }, `denoiseStrength ${share}.`],
  [{ denoiseStrength: Number.NaN }, `denoiseStrength ${number}.`],
  [{ denoiseStrength: '0.5' }, `denoiseStrength ${number}.`],
  [{ referenceStrength: Number.POSITIVE_INFINITY }, `referenceStrength ${number}.`],
  [{ steps: 0 }, `${steps}.`],
  [{ steps: 10_000 }, `${steps}.`],
  [{ steps: 2.5 }, `${steps}.`],
  [{ guidanceScale: 0.5 }, `${guidance} from 1 to 30.`],
  [{ guidanceScale: Number.NaN }, `${guidance} a number from 1 to 30.`],
  [{ images: 7 }, 'images must be a whole number from 1 to 6.'],
  [{ images: 0 }, 'images must be a whole number from 1 to 6.'],
  [{ windows: 17 }, 'windows must be a whole number from 1 to 16.'],
  [{ seed: -1 }, `seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`],
  [{ scheduler: 'plms' }, `scheduler must be one of ${schedulerNames.join(', ')}.`],
  [{ promptSyntax: 'midjourney' }, 'promptSyntax must be one of none, compel, a1111.'],
  [{ quality: 'best' }, 'quality must be one of fast, high.'],
  [{ cfg: 7, strength: 1 }, 'no such setting: cfg, strength.'],
  [{ prompt: 7 }, 'prompt must be a text.'],
  [{ prompt: 'x'.repeat(10_001) }, 'prompt is longer than 10000 characters.'],
  [{ negativePrompt: 'x'.repeat(10_001) }, 'negativePrompt is longer than 10000 characters.'],
])('%o is refused, by name and with the mend', (asked, message) => {
  expect(refusal(asked).message).toBe(message)
})

test('every problem of a request is named, not the first alone', () => {
  const { code, message } = refusal({ steps: 0, images: 7, denoiseStrength: 1.5, cfg: 7 })
  expect(code).toBe('request-invalid')
  for (const name of ['steps', 'images', 'denoiseStrength', 'cfg']) expect(message).toContain(name)
  expect(message.split('; ')).toHaveLength(4)
})

function refusal(asked: Asked | Record<string, unknown>): Failure {
  try {
    plan('modify', asked, 0)
  } catch (error) {
    if (error instanceof Failure) return error
  }
  return expect.unreachable()
}
