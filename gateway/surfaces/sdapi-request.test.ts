import { describe, expect, it, test } from 'vitest'
import { plan } from '#contract'
import { toJob } from '../requests/to-job.ts'
import { readPicture } from './sdapi-picture.ts'
import { img2imgBody, readImg2img, readTxt2img, txt2imgBody } from './sdapi-request.ts'
import { readSampler, samplerNameOf } from './sdapi-samplers.ts'

const url = 'https://example.com/a.png'
const caller = { userId: 'anna', adult: false }

function readEdit(body: Readonly<Record<string, unknown>>) {
  const asked = img2imgBody.safeParse({ init_images: ['AAAA'], ...body })
  if (!asked.success) throw asked.error
  const { request, ignored } = readImg2img(asked.data, url)
  const job = toJob(request, { caller })
  return { ignored, request, job, planned: plan(job.mode, job.asked, 0) }
}

/** As the extensions of editors send it: every field, most at their defaults. */
const fromAnEditor = {
  prompt: 'a (cat:1.2) in the snow <lora:Sea:0.5> <lora:ink>',
  negative_prompt: '',
  seed: -1,
  subseed: -1,
  subseed_strength: 0,
  sampler_name: 'DPM++ 2M Karras',
  steps: 20,
  cfg_scale: 6.5,
  width: 1023,
  height: 768,
  batch_size: 2,
  n_iter: 2,
  denoising_strength: 0.4,
  resize_mode: 1,
  mask: null,
  mask_blur: 4,
  inpainting_fill: 0,
  inpaint_full_res: true,
  restore_faces: true,
  tiling: false,
  styles: [],
  override_settings: { sd_model_checkpoint: 'x', CLIP_stop_at_last_layers: 1 },
  alwayson_scripts: {},
  script_name: null,
  send_images: true,
}

it('reads what an editor’s extension sends', () => {
  const { job, planned, ignored } = readEdit(fromAnEditor)
  expect(job).toMatchObject({
    mode: 'modify',
    resize: 'cover',
    size: { width: 1016, height: 768 },
    loras: [{ id: 'sea', strength: 0.5 }, { id: 'ink' }],
    enhance: false,
  })
  expect(planned).toMatchObject({
    prompt: 'a (cat:1.2) in the snow',
    promptSyntax: 'a1111',
    negativePrompt: null,
    scheduler: 'dpmpp_2m_karras',
    evaluations: 8,
    guidanceScale: 6.5,
    images: 4,
  })
  expect(ignored).toEqual([
    'override_settings.sd_model_checkpoint',
    'override_settings.CLIP_stop_at_last_layers',
    'restore_faces',
  ])
})

it('has the defaults of that API where nothing is said', () => {
  const { planned, job, ignored } = readEdit({})
  expect(planned).toMatchObject({ steps: 50, guidanceScale: 7, denoiseStrength: 0.75, images: 1 })
  expect(planned).toMatchObject({ evaluations: 37, scheduler: 'euler' })
  expect(job).toMatchObject({ resize: 'stretch' })
  expect(job.size).toBeUndefined()
  expect(ignored).toEqual([])
})

it('draws from words alone, with seed 0 as a seed and −1 as any', () => {
  const read = (seed: number) => {
    const { request } = readTxt2img(txt2imgBody.parse({ prompt: 'a cat', seed }))
    return toJob(request, { caller })
  }
  expect(read(0)).toMatchObject({ mode: 'txt2img', asked: { seed: 0 } })
  expect(new Set(Array.from({ length: 5 }, () => read(-1).asked.seed)).size).toBe(5)
})

test.each([
  ['mask', { mask: 'AAAA' }, 'is not supported: the whole picture is changed'],
  [
    'alwayson_scripts',
    { alwayson_scripts: { ControlNet: {} } },
    'scripts of the web UI do not run',
  ],
  ['script_name', { script_name: 'X/Y' }, 'scripts of the web UI do not run'],
  ['enable_hr', { enable_hr: true }, 'ask for the size itself'],
  ['init_images', { init_images: ['AAAA', 'BBBB'] }, 'send a request for each'],
  ['cfg_scale', { cfg_scale: 99 }, 'must be a number from 1 to 30'],
  ['denoising_strength', { denoising_strength: 2 }, 'must be a number from 0 to 1'],
  ['batch_size × n_iter', { batch_size: 4, n_iter: 2 }, 'must be a whole number from 1 to 6'],
  ['sampler_name', { sampler_name: 'Heun' }, 'must be one of Euler, Euler a, DPM++ 2M'],
])('refuses %s, by its own name', (field, body, sentence) => {
  expect(() => readEdit(body)).toThrow(sentence)
  expect(() => readEdit(body)).toThrow(field)
})

describe('a sampler and a schedule', () => {
  test.each([
    ['Euler', undefined, 'euler'],
    ['euler a', 'Automatic', 'euler_ancestral'],
    ['k_euler_a', null, 'euler_ancestral'],
    ['DPM++ 2M', undefined, 'dpmpp_2m_karras'],
    ['DPM++ 2M', 'Uniform', 'dpmpp_2m'],
    ['DPM++ 2M Karras', undefined, 'dpmpp_2m_karras'],
    ['DPM++ 2M Karras', 'uniform', 'dpmpp_2m'],
    ['Euler SGM Uniform', undefined, 'euler_trailing'],
    ['DDIM', 'SGM Uniform', 'ddim_trailing'],
    ['LCM', 'sgm_uniform', 'lcm_trailing'],
    ['TCD', 'Simple', 'tcd'],
    [undefined, undefined, undefined],
  ])('%s, %s is %s', (name, schedule, scheduler) => {
    expect(readSampler(name, schedule)).toEqual({ scheduler, ignored: [] })
  })

  it('names a schedule that does not go with the sampler', () => {
    expect(readSampler('Euler a', 'Karras')).toEqual({
      scheduler: 'euler_ancestral',
      ignored: ['scheduler "karras"'],
    })
    expect(readSampler('DDIM', 'constructor').ignored).toEqual(['scheduler "constructor"'])
  })

  it('is called by its sampler’s name in answers', () => {
    expect(samplerNameOf('dpmpp_2m_karras')).toBe('DPM++ 2M')
    expect(samplerNameOf('euler_trailing')).toBe('Euler')
  })
})

describe('a picture in base64', () => {
  const bytes = Buffer.from([137, 80, 78, 71, 0, 255])
  const base64 = bytes.toString('base64')
  it('is read with and without what browsers put before it', () => {
    expect(readPicture(base64)).toEqual({ bytes })
    expect(readPicture(`data:image/png;base64,${base64}`)).toEqual({ bytes })
    expect(readPicture(`${base64.slice(0, 4)}\n${base64.slice(4)}`)).toEqual({ bytes })
    expect(readPicture(url)).toEqual({ url })
  })

  test.each(['', 'file:///etc/passwd', 'a cat!', 'data:image/png,AAAA', '===='])(
    'is not %s',
    (text) => {
      expect(() => readPicture(text)).toThrow('init_images.0 must be a picture in base64')
    },
  )

  it('takes no longer to refuse for a sign that comes after a million spaces', () => {
    const before = process.cpuUsage()
    const text = `A${' '.repeat(1_000_000)}!`
    expect(() => readPicture(text)).toThrow('init_images.0 must be a picture in base64')
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})
