import { describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import { decodeImage } from '#platform/image/decode.ts'
import { encodeImage } from '#platform/image/encode.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { listen } from '../http/listen.ts'
import { PREVIEW } from '../surfaces/stand-in-worker.case.ts'
import { appOf, type TestSurfacesOptions, testSurfaces } from '../surfaces/surfaces.case.ts'
import { sdapiControlRoutes } from './sdapi-control.ts'
import { sdapiGenerateRoutes } from './sdapi-generate.ts'
import { sdapiListRoutes } from './sdapi-lists.ts'

const [pglite] = testDatabases

async function webUi(options: TestSurfacesOptions = {}) {
  const database = await pglite!.open()
  const surfaces = await testSurfaces(database, options)
  const { parts } = surfaces
  const routers = [sdapiGenerateRoutes(parts), sdapiControlRoutes(parts), sdapiListRoutes(parts)]
  const door = await listen(appOf(parts, ...routers).fetch, { host: '127.0.0.1', port: 0 })
  const call = async (method: string, path: string, body?: unknown, more: Call = {}) => {
    const { caller = 'anna', signal } = more
    // As `--api-auth` has its clients say who they are.
    const authorization = `Basic ${Buffer.from(`whoever:${caller}`).toString('base64')}`
    const response = await fetch(`http://127.0.0.1:${door.port}/sdapi/v1/${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    return { status: response.status, answer: JSON.parse(await response.text()) }
  }
  return {
    ...{ surfaces, call, database },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      await surfaces[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

interface Call {
  readonly caller?: string
  readonly signal?: AbortSignal
}

const photo = async () => {
  const data = new Uint8Array(24 * 16 * 3).fill(90)
  const png = await encodeImage({ width: 24, height: 16, data }, { format: 'png' })
  return Buffer.from(png).toString('base64')
}

describe('img2img', () => {
  it('answers with PNGs and an info that says what really ran', async () => {
    await using door = await webUi()
    const { status, answer } = await door.call('POST', 'img2img', {
      init_images: [`data:image/png;base64,${await photo()}`],
      prompt: 'a (cat:1.2)',
      seed: 5,
      steps: 20,
      denoising_strength: 0.4,
      sampler_name: 'Euler a',
      scheduler: 'Karras',
      batch_size: 2,
      override_settings: { sd_vae: 'x' },
    })
    expect(status).toBe(200)
    const pictures = await Promise.all(
      answer.images.map((each: string) => decodeImage(Buffer.from(each, 'base64'))),
    )
    expect(pictures).toMatchObject([
      { width: 16, data: { 0: 5 } },
      { width: 16, data: { 0: 6 } },
    ])
    const info = JSON.parse(answer.info)
    expect(info).toMatchObject({
      ...{ seed: 5, all_seeds: [5, 6], width: 16, height: 16, batch_size: 2 },
      ...{ sampler_name: 'Euler a', steps: 20, cfg_scale: 7, denoising_strength: 0.4 },
      extra_generation_params: { Ignored: 'scheduler "karras"; override_settings.sd_vae' },
    })
    expect(info.infotexts[1]).toBe(
      'a (cat:1.2)\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 6, Size: 16x16, Model: i2i, Denoising strength: 0.4',
    )
    expect(answer.parameters).toMatchObject({ prompt: 'a (cat:1.2)', sampler_name: 'Euler a' })
    expect(answer.parameters.init_images).toBeUndefined()
    const [job] = door.surfaces.worker.taken
    expect(job).toMatchObject({ mode: 'modify', asked: { promptSyntax: 'a1111', images: 2 } })
    expect(door.surfaces.costs).toEqual([2])
  })

  it('refuses in the web UI’s shape, before it keeps a picture', async () => {
    await using door = await webUi()
    const refusal = (detail: string, error = 'request-invalid') => ({
      error,
      detail: expect.stringContaining(detail),
      body: '',
      errors: expect.any(String),
    })
    const wrong: readonly (readonly [object, string])[] = [
      [{ mask: 'AAAA' }, 'mask is not supported'],
      [{ alwayson_scripts: { a: 1 } }, 'alwayson_scripts is not supported'],
      [{ cfg_scale: 99 }, 'cfg_scale must be'],
      [{ init_images: [] }, 'init_images must be one picture'],
      // An answer that tells it again could not be written, when the picture is drawn already.
      [{ theirs: JSON.parse('['.repeat(40) + ']'.repeat(40)) }, 'theirs is nested more than 32'],
    ]
    const uploads = async () => await door.database.query('select path from i2i.uploads')
    const before = await uploads()
    for (const [body, detail] of wrong) {
      const asked = { init_images: [await photo()], prompt: 'a cat', ...body }
      const { status, answer } = await door.call('POST', 'img2img', asked)
      expect([status, answer]).toEqual([422, refusal(detail)])
    }
    expect(await uploads()).toEqual(before)
    const noPicture = { init_images: ['AAAAAAAA'], prompt: 'a cat' }
    const { status, answer } = await door.call('POST', 'img2img', noPicture)
    expect([status, answer]).toEqual([422, refusal('', 'image-unreadable')])
  })
})

describe('txt2img', () => {
  it('draws from words, and leaves pictures out where they are not wanted', async () => {
    await using door = await webUi()
    const asked = { prompt: 'a cat', seed: 9, width: 512, height: 768, send_images: false }
    const { answer } = await door.call('POST', 'txt2img', asked)
    expect(answer.images).toEqual([])
    expect(JSON.parse(answer.info)).toMatchObject({ all_seeds: [9], denoising_strength: null })
    expect(door.surfaces.worker.taken[0]).toMatchObject({ size: { width: 512, height: 768 } })
  })

  it('tells why it failed, in our sentence', async () => {
    const fail = () => new Failure('policy-output', 'The picture will not be delivered.')
    await using door = await webUi({ fail })
    const { status, answer } = await door.call('POST', 'txt2img', { prompt: 'a cat' })
    expect(status).toBe(422)
    expect(answer).toMatchObject({
      error: 'policy-output',
      detail: 'The picture will not be delivered.',
    })
  })
})

describe('progress and interrupt', () => {
  it('are of the caller’s own job, while it is drawn', async () => {
    await using door = await webUi({ takesMs: 60_000 })
    const { worker } = door.surfaces
    const idle = await door.call('GET', 'progress?skip_current_image=false')
    expect(idle.answer).toMatchObject({ progress: 0, state: { job: '', sampling_steps: 0 } })
    const asking = door.call('POST', 'txt2img', { prompt: 'a cat', steps: 4 })
    const progress = async (caller?: string) =>
      (await door.call('GET', 'progress', undefined, caller ? { caller } : {})).answer
    await expect.poll(async () => (await progress()).progress).toBe(0.25)
    expect(await progress()).toMatchObject({
      current_image: PREVIEW,
      state: { job: worker.taken[0]?.id, sampling_step: 1, sampling_steps: 4, job_count: 1 },
    })
    const skipping = await door.call('GET', 'progress?skip_current_image=true')
    expect(skipping.answer).toMatchObject({ progress: 0.25, current_image: null })
    expect(await progress('bert')).toMatchObject({
      current_image: null,
      progress: 0,
      state: { job: '' },
    })

    await door.call('POST', 'interrupt', undefined, { caller: 'bert' })
    expect(worker.cancelled).toEqual([])
    expect(await door.call('POST', 'interrupt')).toEqual({ status: 200, answer: {} })
    const { status, answer } = await asking
    expect([status, answer.images]).toEqual([200, []])
    expect(worker.cancelled).toEqual([worker.taken[0]?.id])
  })

  it('are not needed by who hangs up: the job ends', async () => {
    await using door = await webUi({ takesMs: 60_000 })
    const { worker } = door.surfaces
    const client = new AbortController()
    const { signal } = client
    const asking = door.call('POST', 'txt2img', { prompt: 'a cat' }, { signal })
    await expect.poll(() => worker.taken.length).toBe(1)
    client.abort()
    await expect(asking).rejects.toThrow()
    await expect.poll(() => worker.cancelled.length).toBe(1)
  })
})

it('answers what clients ask when they start, to those who may ask', async () => {
  await using door = await webUi()
  const names = async (list: string) =>
    (await door.call('GET', list)).answer.map((each: { name: string }) => each.name)
  expect(await names('samplers')).toEqual(['Euler', 'Euler a', 'DPM++ 2M', 'DDIM', 'LCM', 'TCD'])
  expect(await names('schedulers')).toContain('karras')
  for (const list of ['upscalers', 'latent-upscale-modes', 'hypernetworks', 'face-restorers']) {
    expect(await names(list)).toEqual([])
  }
  const { answer: scripts } = await door.call('GET', 'scripts')
  expect(scripts).toEqual({ txt2img: [], img2img: [] })
  const { answer: options } = await door.call('GET', 'options')
  const { answer: models } = await door.call('GET', 'sd-models')
  expect(models[0].title).toBe(options.sd_model_checkpoint)
  expect(await door.call('POST', 'options', options)).toEqual({ status: 200, answer: null })
  const other = await door.call('POST', 'options', { sd_model_checkpoint: 'other' })
  expect(other.status).toBe(422)
  expect(other.answer.detail).toBe('sd_model_checkpoint must be i2i, the only one here.')
  const nobody = await door.call('GET', 'samplers', undefined, { caller: '' })
  expect(nobody).toMatchObject({ status: 401, answer: { error: 'unauthorized' } })
})
