import OpenAI, { BadRequestError, toFile, UnprocessableEntityError } from 'openai'
import { describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import { decodeImage } from '#platform/image/decode.ts'
import { encodeImage } from '#platform/image/encode.ts'
import { testDatabases } from '../database/test-database.case.ts'
import { listen } from '../http/listen.ts'
import { appOf, type TestSurfacesOptions, testSurfaces } from '../surfaces/surfaces.case.ts'
import { openaiRoutes } from './openai-images.ts'

const [pglite] = testDatabases

/** The real client against a listening server. */
async function openai(options: TestSurfacesOptions = {}) {
  const database = await pglite!.open()
  const surfaces = await testSurfaces(database, options)
  const app = appOf(surfaces.parts, openaiRoutes(surfaces.parts))
  const door = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
  const baseURL = `http://127.0.0.1:${door.port}/v1`
  const client = new OpenAI({ apiKey: 'anna', baseURL, maxRetries: 1 })
  return {
    ...{ client, surfaces, baseURL, database },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      await surfaces[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

const photo = async (width = 24, height = 16) => {
  const data = new Uint8Array(width * height * 3).fill(90)
  return Buffer.from(await encodeImage({ width, height, data }, { format: 'png' }))
}
const pictureIn = async (base64: string | undefined) =>
  await decodeImage(Buffer.from(base64 ?? '', 'base64'))

describe('the openai package', () => {
  it('edits a picture, kept as an upload, and gets PNGs', async () => {
    await using door = await openai()
    const answer = await door.client.images.edit({
      model: 'gpt-image-1',
      image: await toFile(await photo(), 'photo.png', { type: 'image/png' }),
      prompt: 'a cat in the snow',
      n: 2,
      size: 'auto',
      quality: 'low',
      input_fidelity: 'high',
    })
    expect(answer.data).toHaveLength(2)
    expect(answer.created).toBeGreaterThan(Date.now() / 1_000 - 60)
    expect(await pictureIn(answer.data?.[1]?.b64_json)).toMatchObject({ width: 16, height: 16 })
    const [job] = door.surfaces.worker.taken
    expect(job).toMatchObject({
      mode: 'modify',
      reference: { path: expect.stringMatching(/^user-library\/anna\/[\w-]+\.png$/) },
      asked: { prompt: 'a cat in the snow', images: 2, quality: 'fast', referenceStrength: 0.75 },
    })
    const path = job?.reference && 'path' in job.reference ? job.reference.path : ''
    const kept = await decodeImage(await door.surfaces.gateway.storage.get(path))
    expect(kept).toMatchObject({ width: 24, height: 16 })
    expect(door.surfaces.costs).toEqual([2])
  })

  it('sends several pictures as image[], and options of ours beside them', async () => {
    await using door = await openai()
    const image = [await toFile(await photo(), 'a.png'), await toFile(await photo(8, 8), 'b.png')]
    const ours = { strength: 0.3, seed: 0, steps: 20, negative_prompt: 'people' }
    await door.client.images.edit({ image, prompt: 'a cat', ...ours })
    expect(door.surfaces.worker.taken[0]).toMatchObject({
      furtherReferences: [{ path: expect.stringContaining('user-library/anna/') }],
      asked: { denoiseStrength: 0.3, seed: 0, steps: 20, negativePrompt: 'people' },
    })
  })

  it('generates, in the size that it asks for, and reads a URL', async () => {
    await using door = await openai()
    const asked = { prompt: 'a cat', size: '1536x1024', response_format: 'url' } as const
    const { data } = await door.client.images.generate(asked)
    expect(data).toEqual([{ url: expect.stringMatching(/^http:.*\/workspace-temp\/anna\//) }])
    expect(door.surfaces.worker.taken[0]).toMatchObject({
      mode: 'txt2img',
      size: { width: 1536, height: 1024 },
    })
  })

  it('throws what it knows for what is not supported, naming the parameter', async () => {
    await using door = await openai()
    const image = await toFile(await photo(), 'a.png')
    const refusals = [
      [{ mask: image }, 'mask is not supported', 'mask'],
      [{ n: 7 }, 'n must be a whole number from 1 to 6', 'n'],
      [{ size: '1000x9999' as 'auto' }, 'size must be a whole number from 64 to 4096', 'size'],
      [{ background: 'transparent' }, 'pictures here are not transparent', 'background'],
      [{ output_format: 'webp' }, 'output_format must be png', 'output_format'],
      [{ prompt: '' }, 'prompt', 'prompt'],
    ] as const
    for (const [wrong, sentence, param] of refusals) {
      const asking = door.client.images.edit({ image, prompt: 'a cat', ...wrong })
      const error = await asking.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(UnprocessableEntityError)
      expect(error).toMatchObject({
        param,
        code: expect.any(String),
        type: 'invalid_request_error',
      })
      expect(String(error)).toContain(sentence)
    }
    expect(door.surfaces.worker.taken).toEqual([])
  })

  it('hears of refused content as of OpenAI’s own, and asks once', async () => {
    const fail = () => new Failure('policy-output', 'The picture will not be delivered.')
    await using door = await openai({ fail })
    const asking = door.client.images.generate({ prompt: 'a cat' })
    await expect(asking).rejects.toThrow(BadRequestError)
    await expect(asking).rejects.toMatchObject({
      code: 'moderation_blocked',
      type: 'image_generation_user_error',
    })
  })

  it('does not repeat a job that failed, though the status is one that it repeats', async () => {
    const fail = () => new Failure('out-of-memory', 'at 0x7f')
    await using door = await openai({ fail })
    const asking = door.client.images.generate({ prompt: 'a cat', n: 1 })
    await expect(asking).rejects.toMatchObject({ status: 503, code: 'out-of-memory' })
    await expect(asking).rejects.not.toThrow('0x7f')
    expect(door.surfaces.worker.taken).toHaveLength(1)
  })
})

it('cancels the job of a client that hangs up', async () => {
  await using door = await openai({ takesMs: 60_000 })
  const client = new AbortController()
  const asking = door.client.images.generate({ prompt: 'a cat' }, { signal: client.signal })
  const { worker } = door.surfaces
  await expect.poll(() => worker.taken.length).toBe(1)
  client.abort()
  await expect(asking).rejects.toThrow()
  await expect.poll(() => worker.cancelled).toEqual([worker.taken[0]?.id])
})

it('gives up what is not done in time, and cancels it', async () => {
  await using door = await openai({ takesMs: 60_000, heldMs: 300 })
  const asking = door.client.images.generate({ prompt: 'a cat' })
  await expect(asking).rejects.toMatchObject({ status: 504, code: 'deadline-expired' })
  const states = () => door.database.query('select status from i2i.jobs')
  await expect.poll(states).toEqual([{ status: 'cancelled' }])
})

it('answers strangers and broken bodies in OpenAI’s shape', async () => {
  await using door = await openai()
  const nobody = await fetch(`${door.baseURL}/images/generations`, { method: 'POST' })
  expect(nobody.status).toBe(401)
  expect(await nobody.json()).toMatchObject({ error: { code: 'invalid_api_key', param: null } })
  const post = async (path: string, type: string, body: string) => {
    const headers = { authorization: 'Bearer anna', 'content-type': type }
    const response = await fetch(`${door.baseURL}${path}`, { method: 'POST', headers, body })
    return [response.status, JSON.parse(await response.text()).error.code]
  }
  expect([
    await post('/images/generations', 'application/json', '{'),
    await post('/images/generations', 'text/plain', 'a cat'),
    await post('/images/edits', 'application/json', '{}'),
    await post('/images/edits', 'multipart/form-data; boundary=x', 'no form'),
  ]).toEqual([
    [400, 'request-unreadable'],
    [415, 'media-type-unsupported'],
    [415, 'media-type-unsupported'],
    [400, 'request-unreadable'],
  ])
})
