import { describe, expect, test } from 'vitest'
import { finetune, fitting, reasonOf } from './models.case.ts'

describe('a model that no table knows', () => {
  test('gets no reference until its strength’s direction is said, and is told how', () => {
    expect(reasonOf({}, finetune())).toMatch(
      'REPLICATE_STRENGTH=denoise or REPLICATE_STRENGTH=reference',
    )
    expect(reasonOf({ mode: 'txt2img' }, finetune())).toBeUndefined()
  })

  test.each([
    ['denoise', 0.2],
    ['reference', 0.8],
  ] as const)('is asked by its own names, in direction %s', (direction, denoise) => {
    const asked = {
      denoiseStrength: 0.2,
      scheduler: 'euler_ancestral',
      guidanceScale: 15,
      images: 4,
    } as const
    const { input, notes } = fitting({ asked }, finetune(direction))
    expect(input).toEqual({
      prompt: 'a cat in the snow',
      denoise,
      steps: 25,
      cfg_scale: 12,
      num_images: 2,
      sampler_name: 'Euler a',
      seed: 1234,
    })
    expect(notes).toEqual([
      'The guidance scale is 12 instead of 15: finetune goes no further.',
      'The number of pictures is 2 instead of 4: finetune goes no further.',
    ])
  })

  test('what it takes no input for is left out and noted', () => {
    const asked = { negativePrompt: 'blurry' }
    const wish = { mode: 'txt2img', asked, size: { width: 832, height: 1216 } } as const
    const { input, notes } = fitting(wish, finetune())
    expect(Object.keys(input)).not.toContain('negative_prompt')
    expect(notes).toEqual([
      'The negative prompt is left out: finetune takes none.',
      'finetune makes pictures of its own size, not 832 × 1216.',
    ])
  })

  test('COPY that needs more steps than it has is not for it', () => {
    expect(reasonOf({ mode: 'copy' }, finetune('denoise'))).toBeUndefined()
    const coarse = finetune('reference')
    const schema = new Map([...(coarse.schema ?? []), ['denoise', { least: 0, most: 0.9 }]])
    expect(reasonOf({ mode: 'copy' }, { ...coarse, schema })).toMatch('more than COPY does')
    const asked = { denoiseStrength: 0.012 }
    expect(reasonOf({ mode: 'copy', asked }, finetune('denoise'))).toMatch('too few steps')
  })
})

test('steps beyond a model’s most are cut, and still run one', () => {
  const asked = { denoiseStrength: 0.017, steps: 150 }
  const { input, notes } = fitting({ asked }, finetune('denoise'))
  expect(input).toMatchObject({ steps: 60, denoise: 0.017 })
  expect(notes).toEqual(['The number of steps is 60 instead of 150: finetune goes no further.'])
  const fewer = { denoiseStrength: 0.0165, steps: 150 }
  expect(reasonOf({ asked: fewer }, finetune('denoise'))).toMatch('too few steps')
})
