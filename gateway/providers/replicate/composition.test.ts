import { describe, expect, test } from 'vitest'
import { type OrderWish, orderOf } from '../order.case.ts'
import { compose } from './composition.ts'
import { finetune, fitting, reasonOf, rv51, schemaOf, sdxl, seedream } from './models.case.ts'

describe('SDXL', () => {
  test('MODIFY is said in its own names, and nothing is left to note', () => {
    const asked = {
      denoiseStrength: 0.4,
      negativePrompt: 'blurry',
      scheduler: 'dpmpp_2m_karras',
      seed: 7,
    } as const
    const { input, notes, pictures } = fitting({ asked }, sdxl)
    expect(input).toEqual({
      prompt: 'a cat in the snow',
      negative_prompt: 'blurry',
      prompt_strength: 0.4,
      num_inference_steps: 25,
      guidance_scale: 7.5,
      num_outputs: 1,
      scheduler: 'KarrasDPM',
      seed: 7,
      refine: 'no_refiner',
    })
    expect(notes).toEqual([])
    expect(pictures).toMatchObject({ field: 'image', isList: false, isSizeDecisive: true })
  })

  test('a style is part of the prompt, and not in COPY', () => {
    const asked = { style: { lighting: 'neon' } }
    expect(fitting({ asked }, sdxl).input).toHaveProperty('prompt', 'a cat in the snow, neon light')
    const { input } = fitting({ mode: 'copy', asked }, sdxl)
    expect(input).toHaveProperty('prompt', 'a cat in the snow')
  })

  test('the reference strength of COPY becomes the small denoise strength it means', () => {
    const { input, notes } = fitting({ mode: 'copy', asked: { referenceStrength: 0.99 } }, sdxl)
    expect(input).toMatchObject({
      prompt_strength: 0.01,
      num_inference_steps: 100,
      guidance_scale: 1,
    })
    expect(input).toHaveProperty('negative_prompt', '')
    expect(notes).toEqual([
      '100 steps are planned instead of 15, so that a denoise strength of 0.01 runs one.',
    ])
  })

  test.each([0.01, 0.017, 0.03, 0.049, 0.05])(
    'COPY at %d runs one step by floor(steps × strength)',
    (denoiseStrength) => {
      const { input } = fitting({ mode: 'copy', asked: { denoiseStrength } }, sdxl)
      const { num_inference_steps: steps, prompt_strength: strength } = input
      expect(Math.floor(Number(steps) * Number(strength))).toBe(1)
    },
  )

  test('steps that suffice stay as they are', () => {
    const asked = { denoiseStrength: 0.05, steps: 40 }
    expect(fitting({ mode: 'copy', asked }, sdxl)).toMatchObject({
      input: { num_inference_steps: 40 },
      notes: [],
    })
  })

  test('txt2img has a size and neither strength nor picture', () => {
    const size = { width: 1216, height: 832 }
    const { input, pictures } = fitting({ mode: 'txt2img', size }, sdxl)
    expect(input).toMatchObject({ width: 1216, height: 832 })
    expect(input).not.toHaveProperty('prompt_strength')
    expect(pictures).toBeUndefined()
  })

  test('a picture that shall not change is not for it', () => {
    expect(reasonOf({ asked: { denoiseStrength: 0 } }, sdxl)).toMatch(
      'cannot give a reference back',
    )
  })

  test.each<[string, OrderWish, string]>([
    ['more pictures than it makes', { asked: { images: 6 } }, 'pictures is 4 instead of 6'],
    ['a scheduler it has not', { asked: { scheduler: 'tcd' } }, 'The scheduler tcd is not one'],
    ['LoRAs', { job: { loras: [{ id: 'ink' }, { id: 'pixel' }] } }, 'ink, pixel'],
    ['weights', { asked: { promptSyntax: 'a1111' } }, 'weights in the prompt as plain text'],
    ['a seed beyond 31 bits', { asked: { seed: 2 ** 40 + 5 } }, 'The seed is 5 as'],
    ['an interval of guidance', { asked: { guidanceInterval: [0.2, 0.8] } }, 'guides every step'],
    ['windows', { asked: { windows: 1 } }, 'how much prompt'],
    [
      'further references',
      { job: { furtherReferences: [{ path: 'u/2.png' }] } },
      'the further ones are left out',
    ],
    ['margins', { job: { resize: 'contain' } }, 'in place of resize contain'],
  ])('%s is noted', (_, wish, note) => {
    const { notes } = fitting(wish, sdxl)
    expect(notes).toHaveLength(1)
    expect(notes[0]?.replace(', as', ' as')).toMatch(note)
  })

  test('a scheduler that nobody asked for and it has not is no loss', () => {
    expect(fitting({ mode: 'txt2img' }, rv51).notes).toEqual([])
  })

  test('turbo is not for it', () => {
    const order = orderOf()
    const asked = { ...order.job.asked, quality: 'turbo' as const }
    const composed = compose({ ...order, job: { ...order.job, asked } }, sdxl)
    expect(composed).toMatchObject({ fits: false, reason: expect.stringMatching('turbo') })
  })
})

describe('Realistic Vision, from text alone', () => {
  test('gets no reference', () => {
    expect(reasonOf({}, rv51)).toBe('rv51 makes pictures from text alone.')
    expect(reasonOf({ mode: 'copy' }, rv51)).toBe('rv51 makes pictures from text alone.')
  })

  test('never gets seed 0, its word for any', () => {
    const asked = { seed: 0, scheduler: 'euler_ancestral', images: 2, steps: 120 } as const
    const { input, notes } = fitting({ mode: 'txt2img', asked }, rv51)
    expect(input).toMatchObject({ seed: 1, scheduler: 'EulerA', steps: 100, guidance: 7.5 })
    expect(notes).toEqual([
      'The number of steps is 100 instead of 120: rv51 goes no further.',
      'The seed is 1 instead of 0: rv51 goes no further.',
      'rv51 makes one picture, not 2.',
    ])
  })
})

describe('Seedream', () => {
  test('never copies, nor gives a reference back', () => {
    expect(reasonOf({ mode: 'copy' }, seedream)).toMatch('cannot copy')
    expect(reasonOf({ asked: { denoiseStrength: 0 } }, seedream)).toMatch('back unchanged')
  })

  test.each([{ denoiseStrength: 0.3 }, { referenceStrength: 0.7 }])(
    'is not told %j, which is noted',
    (asked) => {
      const { input, notes } = fitting({ asked }, seedream)
      expect(Object.keys(input).join()).not.toMatch(/strength/)
      expect(notes).toContain('The strength is left out: seedream takes none.')
    },
  )

  test('is given the references, and all else is noted', () => {
    const asked = {
      steps: 30,
      guidanceScale: 5,
      scheduler: 'ddim',
      negativePrompt: 'x',
      images: 3,
    } as const
    const { input, notes, pictures } = fitting({ asked }, seedream)
    expect(input).toEqual({
      prompt: 'a cat in the snow',
      size: '2K',
      aspect_ratio: 'match_input_image',
      sequential_image_generation: 'disabled',
    })
    expect(pictures).toMatchObject({ field: 'image_input', isList: true })
    expect(notes.map((note) => note.split(':')[0])).toEqual([
      'The negative prompt is left out',
      'The number of steps is left out',
      'The guidance scale is left out',
      'The scheduler is left out',
      'seedream takes no seed',
      'seedream makes one picture, not 3.',
    ])
  })

  test.each([
    [
      { width: 1024, height: 1024 },
      { width: 1920, height: 1920 },
    ],
    [
      { width: 1344, height: 768 },
      { width: 2544, height: 1456 },
    ],
    [
      { width: 640, height: 1536 },
      { width: 1240, height: 2976 },
    ],
  ])('a size of %j is made large enough', (size, large) => {
    const { input, notes } = fitting({ mode: 'txt2img', size }, seedream)
    expect(input).toMatchObject({ size: 'custom', ...large })
    expect(large.width * large.height).toBeGreaterThanOrEqual(2560 * 1440)
    expect(notes[0]).toMatch(`The picture is ${large.width} × ${large.height}`)
  })

  test('a version of before, without sizes, makes its own and says so', () => {
    const schema = new Map(
      [...schemaOf('bytedance/seedream-4.5')].filter(([name]) => !/^(width|height)$/.test(name)),
    )
    const wish = { mode: 'txt2img', size: { width: 2048, height: 2048 } } as const
    const { input, notes } = fitting(wish, { ...seedream, schema })
    expect(input).toMatchObject({ size: '2K', aspect_ratio: '1:1' })
    expect(notes[0]).toMatch('a size of seedream’s own')
  })
})

test('a model without a prompt is not one for pictures', () => {
  const schema = new Map([['image', {}]])
  expect(reasonOf({ mode: 'txt2img' }, { ...sdxl, schema })).toBe(
    'stability-ai/sdxl takes no prompt.',
  )
})

test('no model is ever told to switch its safety checker off', () => {
  for (const mode of ['modify', 'copy', 'txt2img'] as const) {
    for (const contentMode of ['sfw', 'nsfw'] as const) {
      for (const model of [sdxl, rv51, seedream, finetune('denoise')]) {
        const composed = compose(orderOf({ mode, job: { contentMode } }), model)
        if (composed.fits) expect(Object.keys(composed.input).join()).not.toMatch(/safety/)
      }
    }
  }
})
