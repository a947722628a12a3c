import { describe, expect, test } from 'vitest'
import { turboPresets } from './distillations.ts'
import { Failure } from './failure.ts'
import { type Asked, modes, plan } from './modes.ts'
import { schedulerNames } from './scheduler-names.ts'

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
      networkRuns: 24,
      guidanceScale: 7.5,
      guidanceInterval: [0, 1],
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
      networkRuns: 1,
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

  test.each(['high', 'turbo'] as const)(
    'has guidance off and no negative prompt, whatever is asked: quality %s',
    (quality) => {
      const guidance = { guidanceScale: 12, guidanceInterval: [0.2, 0.5] } as const
      const asked = { ...guidance, negativePrompt: 'blurry', quality }
      expect(plan('copy', asked, 0)).toEqual(plan('copy', {}, 0))
      expect(plan('copy', asked, 0, { turbo: turboPresets.lightning })).toMatchObject({
        guidanceScale: 1,
        guidanceInterval: [0, 1],
        negativePrompt: null,
        steps: 15,
        scheduler: 'euler',
      })
    },
  )
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

describe('guidance on part of the schedule', () => {
  test.each([
    [[0, 1], 25, 50],
    [[0, 0.6], 25, 40],
    [[0.2, 0.6], 25, 35],
    [[0.999, 1], 25, 25],
  ] as const)('%j of it makes of %i evaluations %i runs', (guidanceInterval, evaluations, runs) => {
    const planned = plan('txt2img', { guidanceInterval, negativePrompt: 'dogs' }, 0)
    expect(planned).toMatchObject({ guidanceInterval, evaluations, networkRuns: runs })
  })

  test('is of the full schedule, of which half a denoise strength runs the second half', () => {
    const asked = { guidanceInterval: [0, 0.6], negativePrompt: 'dogs' } as const
    // Steps 13 and 14 of 25 lie below 0.6.
    const half = { evaluations: 12, networkRuns: 14, negativePrompt: 'dogs' }
    expect(plan('modify', asked, 0)).toMatchObject(half)
    const none = { evaluations: 7, networkRuns: 7, negativePrompt: null }
    expect(plan('modify', { ...asked, denoiseStrength: 0.3 }, 0)).toMatchObject(none)
  })

  test('makes no run where nothing runs', () => {
    expect(plan('modify', { denoiseStrength: 0 }, 0)).toMatchObject({ networkRuns: 0 })
  })
})

test('a negative prompt does nothing where guidance is off, and is not planned', () => {
  const asked = { negativePrompt: 'dogs', guidanceScale: 1 }
  const planned = { negativePrompt: null, networkRuns: 25 }
  expect(plan('txt2img', asked, 0)).toMatchObject(planned)
  const guided = { negativePrompt: 'dogs', networkRuns: 50 }
  expect(plan('txt2img', { ...asked, guidanceScale: 1.5 }, 0)).toMatchObject(guided)
})

describe('turbo', () => {
  test.each([
    ['lcm', 'lcm', 8, 4],
    ['lightning', 'euler_trailing', 8, 4],
    ['hyper', 'ddim_trailing', 8, 4],
    ['dmd2', 'lcm_trailing', 4, 2],
  ] as const)('of %s is %s in %i steps without guidance', (name, scheduler, steps, evaluations) => {
    const offer = { turbo: turboPresets[name] }
    const preset = { scheduler, steps, guidanceScale: 1 }
    const modified = plan('modify', { quality: 'turbo' }, 0, offer)
    expect(modified).toMatchObject({ ...preset, evaluations, networkRuns: evaluations })
    const drawn = plan('txt2img', { quality: 'turbo' }, 0, offer)
    expect(drawn).toMatchObject({ ...preset, evaluations: steps, networkRuns: steps })
  })

  test('yields to what is given, and is never taken unasked', () => {
    const offer = { turbo: turboPresets.lightning }
    const given = { steps: 4, scheduler: 'tcd', guidanceScale: 2, negativePrompt: 'x' } as const
    expect(plan('txt2img', { ...given, quality: 'turbo' }, 0, offer)).toMatchObject(given)
    expect(plan('modify', {}, 0, offer)).toEqual(plan('modify', {}, 0))
    expect(plan('modify', { quality: 'fast' }, 0, offer)).toMatchObject({ steps: 15 })
  })

  test('that nobody offers is refused with what to do', () => {
    const { code, message } = refusal({ quality: 'turbo' })
    expect(code).toBe('request-invalid')
    expect(message).toMatch(
      /^turbo needs a checkpoint or a LoRA that was distilled to few steps: .*SDXL_DISTILLATION.*lcm, lightning, hyper, dmd2.*fast or high\.$/,
    )
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
const interval = 'guidanceInterval must be two numbers from 0 to 1, the smaller first'

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
  [{ guidanceInterval: [0.6, 0] }, `${interval}.`],
  [{ guidanceInterval: [0.5, 0.5] }, `${interval}.`],
  [{ guidanceInterval: [0, 1.1] }, `${interval}.`],
  [{ guidanceInterval: [Number.NaN, 1] }, `${interval}.`],
  [{ guidanceInterval: [0, 0.5, 1] }, `${interval}.`],
  [{ guidanceInterval: ['0', '1'] }, `${interval}.`],
  [{ guidanceInterval: 0.6 }, `${interval}.`],
  [{ images: 7 }, 'images must be a whole number from 1 to 6.'],
  [{ images: 0 }, 'images must be a whole number from 1 to 6.'],
  [{ windows: 17 }, 'windows must be a whole number from 1 to 16.'],
  [{ seed: -1 }, `seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`],
  [{ scheduler: 'plms' }, `scheduler must be one of ${schedulerNames.join(', ')}.`],
  [{ promptSyntax: 'midjourney' }, 'promptSyntax must be one of none, compel, a1111.'],
  [{ quality: 'best' }, 'quality must be one of fast, high, turbo.'],
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
