import { describe, expect, test } from 'vitest'
import { type OrderWish, orderOf } from '../order.case.ts'
import { DEFAULT_MODIFY_APP, readModifyApp } from './apps.ts'
import { compose } from './composition.ts'

const V4 = 'fal-ai/bytedance/seedream/v4/edit'
const V45 = 'fal-ai/bytedance/seedream/v4.5/edit'

function fitting(wish: OrderWish, modifyApp = DEFAULT_MODIFY_APP) {
  const composed = compose(orderOf(wish), readModifyApp(modifyApp))
  if (!composed.fits) throw new Error(composed.reason)
  return composed
}
function reasonOf(wish: OrderWish, modifyApp = DEFAULT_MODIFY_APP) {
  const composed = compose(orderOf(wish), readModifyApp(modifyApp))
  return composed.fits ? undefined : composed.reason
}

describe('fast-sdxl', () => {
  test('MODIFY is said in its own names, and nothing is left to note', () => {
    const asked = { denoiseStrength: 0.4, negativePrompt: 'blurry', seed: 7, images: 3 }
    const { app, input, notes } = fitting({ asked, size: { width: 1216, height: 832 } })
    expect(app.name).toBe('fal-ai/fast-sdxl/image-to-image')
    expect(input).toEqual({
      prompt: 'a cat in the snow',
      negative_prompt: 'blurry',
      strength: 0.4,
      num_inference_steps: 25,
      guidance_scale: 7.5,
      num_images: 3,
      seed: 7,
      format: 'png',
      expand_prompt: false,
      enable_safety_checker: true,
    })
    expect(notes).toEqual([])
  })

  test('a style is part of the prompt, and not in COPY', () => {
    const asked = { style: { lighting: 'neon' } }
    expect(fitting({ asked }).input).toHaveProperty('prompt', 'a cat in the snow, neon light')
    expect(fitting({ mode: 'copy', asked }).input).toHaveProperty('prompt', 'a cat in the snow')
  })

  test('the reference strength becomes the denoise strength it means', () => {
    expect(fitting({ asked: { referenceStrength: 0.8 } }).input).toMatchObject({ strength: 0.2 })
  })

  test('COPY at 0.05 runs one step of enough, whatever MODIFY goes to', () => {
    for (const modifyApp of [DEFAULT_MODIFY_APP, V4, V45]) {
      const { app, input, notes } = fitting({ mode: 'copy' }, modifyApp)
      expect(app.name).toBe('fal-ai/fast-sdxl/image-to-image')
      expect(input).toMatchObject({
        strength: 0.05,
        num_inference_steps: 20,
        guidance_scale: 1,
        negative_prompt: '',
      })
      expect(notes[0]).toBe(
        '20 steps are planned instead of 15, so that a denoise strength of 0.05 runs one.',
      )
    }
  })

  test.each([0.049, 0.02, 0.01])('COPY at %d would change more than it may', (denoiseStrength) => {
    for (const modifyApp of [DEFAULT_MODIFY_APP, V4]) {
      expect(reasonOf({ mode: 'copy', asked: { denoiseStrength } }, modifyApp)).toMatch(
        `changes at least 0.05 of a reference, and COPY is to change ${denoiseStrength}`,
      )
    }
  })

  test('MODIFY below 0.05 is raised to it, which is noted', () => {
    const { input, notes } = fitting({ asked: { denoiseStrength: 0.02, steps: 40 } })
    expect(input).toMatchObject({ strength: 0.05, num_inference_steps: 40 })
    expect(notes).toEqual([
      'The denoise strength is 0.05 instead of 0.02: fal-ai/fast-sdxl/image-to-image goes no further.',
    ])
  })

  test('a picture that shall not change is not for it', () => {
    expect(reasonOf({ asked: { denoiseStrength: 0 } })).toMatch('cannot give a reference back')
  })

  test('txt2img has a size and neither strength nor picture', () => {
    const { app, input, notes } = fitting({ mode: 'txt2img', size: { width: 1000, height: 1024 } })
    expect(app.name).toBe('fal-ai/fast-sdxl')
    expect(input).toMatchObject({ image_size: { width: 1000, height: 1024 } })
    expect(input).not.toHaveProperty('strength')
    expect(notes).toEqual([])
  })

  test.each<[string, OrderWish, string]>([
    ['too many steps', { asked: { steps: 120 } }, 'number of steps is 65 instead of 120'],
    ['too much guidance', { asked: { guidanceScale: 25 } }, 'guidance scale is 20 instead of 25'],
    ['a scheduler', { asked: { scheduler: 'ddim' } }, 'The scheduler ddim is left out'],
    ['LoRAs', { job: { loras: [{ id: 'ink' }] } }, 'no LoRAs of ours: ink'],
    ['weights', { asked: { promptSyntax: 'a1111' } }, 'weights in the prompt as plain text'],
    ['an interval of guidance', { asked: { guidanceInterval: [0.2, 0.8] } }, 'guides every step'],
    ['windows', { asked: { windows: 1 } }, 'how much prompt'],
    ['margins', { job: { resize: 'contain' } }, 'in place of resize contain'],
    [
      'further references',
      { job: { furtherReferences: [{ path: 'u/2.png' }] } },
      'the further ones are left out',
    ],
    [
      'sides that are no multiples of 32',
      { size: { width: 1000, height: 840 } },
      'The picture is 992 × 832 instead of 1000 × 840',
    ],
  ])('%s: noted', (_, wish, note) => {
    const { notes } = fitting(wish)
    expect(notes).toHaveLength(1)
    expect(notes[0]).toMatch(note)
  })

  test('turbo is not for it', () => {
    const order = orderOf()
    const asked = { ...order.job.asked, quality: 'turbo' as const }
    const composed = compose({ ...order, job: { ...order.job, asked } }, readModifyApp(V4))
    expect(composed).toMatchObject({ fits: false, reason: expect.stringMatching('turbo') })
  })
})

describe('Seedream', () => {
  test('is given the instruction and a seed, and all else is noted', () => {
    const asked = {
      denoiseStrength: 0.3,
      steps: 30,
      guidanceScale: 5,
      scheduler: 'ddim',
      negativePrompt: 'x',
      seed: 7,
      images: 2,
    } as const
    const { app, input, notes } = fitting({ asked }, V4)
    expect(app.name).toBe(V4)
    expect(input).toEqual({
      prompt: 'a cat in the snow',
      image_size: 'auto',
      num_images: 2,
      max_images: 1,
      seed: 7,
      enable_safety_checker: true,
    })
    const whats = ['strength', 'negative prompt', 'number of steps', 'guidance scale', 'scheduler']
    expect(notes).toEqual(whats.map((what) => `The ${what} is left out: ${V4} takes none.`))
  })

  test('4.5 has another word for a size of its own, and tells no seed', () => {
    const { input, notes } = fitting({}, V45)
    expect(input).toMatchObject({ image_size: 'auto_2K' })
    expect(notes).toEqual([`${V45} does not say which seed it drew by.`])
  })

  test.each([
    [V4, { width: 1024, height: 1024 }, { width: 1024, height: 1024 }],
    [V4, { width: 640, height: 640 }, { width: 960, height: 960 }],
    [V45, { width: 1024, height: 1024 }, { width: 1920, height: 1920 }],
    [V45, { width: 1344, height: 768 }, { width: 2544, height: 1456 }],
    [V45, { width: 640, height: 1536 }, { width: 1240, height: 2976 }],
    [V45, { width: 2048, height: 2048 }, { width: 2048, height: 2048 }],
  ])('%s makes %j large enough', (app, size, large) => {
    const { input, notes } = fitting({ size }, app)
    expect(input).toMatchObject({ image_size: large })
    const isLarger = large.width !== size.width
    const note = `The picture is ${large.width} × ${large.height}`
    expect(notes.some((one) => one.startsWith(note))).toBe(isLarger)
    expect(large.width * large.height).toBeGreaterThanOrEqual(app === V4 ? 921_600 : 2560 * 1440)
  })

  test('of ten references it makes five pictures, as fifteen are the limit', () => {
    const furtherReferences = Array.from({ length: 9 }, (_, n) => ({ path: `u/${n}.png` }))
    const { input, notes } = fitting({ asked: { images: 6 }, job: { furtherReferences } }, V4)
    expect(input).toMatchObject({ num_images: 5 })
    expect(notes).toEqual([`${V4} makes 5 pictures of 10 references, not 6.`])
  })

  test('a seed beyond 31 bits is folded', () => {
    const { input, notes } = fitting({ asked: { seed: 2 ** 40 + 5 } }, V4)
    expect(input).toMatchObject({ seed: 5 })
    expect(notes[0]).toMatch('The seed is 5, as')
  })

  test('without an instruction it is SDXL’s turn', () => {
    expect(fitting({ asked: { prompt: ' ' } }, V4).app.name).toBe(DEFAULT_MODIFY_APP)
  })

  test('what neither can do says why the first cannot', () => {
    expect(reasonOf({ asked: { denoiseStrength: 0 } }, V4)).toMatch(`${V4} cannot give`)
  })
})

test('an app that is not known is refused at the start', () => {
  for (const name of ['fal-ai/flux/dev', 'fal-ai/fast-sdxl', '']) {
    expect(() => readModifyApp(name)).toThrow('FAL_MODIFY_APP is')
  }
})

test('the safety checker is on, for every mode, app and content mode', () => {
  for (const mode of ['modify', 'copy', 'txt2img'] as const) {
    for (const contentMode of ['sfw', 'nsfw'] as const) {
      for (const app of [DEFAULT_MODIFY_APP, V4, V45]) {
        const { input } = fitting({ mode, job: { contentMode } }, app)
        expect(input).toHaveProperty('enable_safety_checker', true)
      }
    }
  }
})
