import { expect, it } from 'vitest'
import { Failure } from '#contract'
import { testDatabases } from '../database/test-database.case.ts'
import { createRouter } from '../http/router.ts'
import type { Accept } from '../jobs/accept.ts'
import { ANNA, callerNamed } from '../jobs/jobs.case.ts'
import { jobOf } from '../store/find-jobs.ts'
import { appOf, testSurfaces } from '../surfaces/surfaces.case.ts'
import { providerImageRoutes } from './functions-provider-image.ts'
import { queueJobRoutes } from './functions-queue-job.ts'
import { openaiRoutes } from './openai-images.ts'
import { sdapiControlRoutes } from './sdapi-control.ts'
import { sdapiGenerateRoutes } from './sdapi-generate.ts'
import { sdapiListRoutes } from './sdapi-lists.ts'

const [pglite] = testDatabases
const PATH = '/functions/v1/queue-job'
const cors = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': expect.stringContaining('retry-after'),
}
/** As browsers say whose page asks. */
const origin = { origin: 'https://ourvidz.example' }

async function functions(
  options: { readonly isQueueEnabled?: boolean; readonly accept?: Accept['accept'] } = {},
) {
  const database = await pglite!.open()
  const surfaces = await testSurfaces(database)
  const { isQueueEnabled = true, accept = surfaces.parts.accept } = options
  const parts = { ...surfaces.parts, accept, queueName: 'sdxl_queue', isQueueEnabled }
  const app = appOf(parts, queueJobRoutes(parts))
  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    app.request(PATH, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', authorization: 'Bearer anna' },
        ...{ ...origin, ...headers },
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    ...{ app, post, database, surfaces },
    async [Symbol.asyncDispose]() {
      await surfaces[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

const cat = { prompt: 'a cat', job_type: 'sdxl_image_fast' }
const textOf = async (response: Response) => [
  response.status,
  response.headers.get('content-type'),
  await response.text(),
]

it('answers as it always did, and the job is the caller’s', async () => {
  await using door = await functions()
  const response = await door.post({ ...cat, num_images: 2, metadata: { shot_type: 'close' } })
  expect(response.status).toBe(200)
  const answer = JSON.parse(await response.text())
  expect(answer).toEqual({
    jobId: expect.any(String),
    status: 'queued',
    queueName: 'sdxl_queue',
    message: expect.any(String),
  })
  expect(Object.fromEntries(response.headers)).toMatchObject({ ...cors, 'ratelimit-limit': '100' })
  expect(door.surfaces.costs).toEqual([3])
  const row = await jobOf(door.database, answer.jobId, ANNA)
  expect(row).toMatchObject({ surface: 'functions', planned: { images: 3, steps: 15 } })
  expect(await jobOf(door.database, answer.jobId, callerNamed('bert'))).toBeUndefined()
})

it('lets browsers ask before, and takes nothing but a POST', async () => {
  await using door = await functions()
  const asked = await door.app.request(PATH, { method: 'OPTIONS', headers: origin })
  expect(await textOf(asked)).toEqual([200, expect.stringContaining('text/plain'), 'ok'])
  expect(Object.fromEntries(asked.headers)).toMatchObject(cors)
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const response = await door.app.request(PATH, { method, headers: origin })
    expect(await textOf(response)).toEqual([
      405,
      expect.stringContaining('text/plain'),
      'Method not allowed: send a POST.',
    ])
    expect(response.headers.get('allow')).toBe('OPTIONS, POST')
  }
})

it('says in a plain sentence what is wrong, with every field', async () => {
  await using door = await functions()
  const plain = expect.stringContaining('text/plain')
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ prompt: 'a cat' }, 'job_type is missing: send sdxl_image_high or sdxl_image_fast.'],
    [{ job_type: 'video_high' }, 'job_type asks for a video, and only pictures are made.'],
    [{ ...cat, steps: 'many', seed: {} }, 'seed must be a number; steps must be a number.'],
    ['{', 'The body ends before its JSON does. Send valid JSON.'],
    [[], 'The body must be an object.'],
    [null, 'The body must be an object.'],
  ]
  for (const [body, sentence] of wrong) {
    const response = await door.post(body)
    expect(await textOf(response)).toEqual([400, plain, sentence])
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  }
  const stranger = await door.post(cat, { authorization: '' })
  expect(await textOf(stranger)).toEqual([401, plain, 'A key or token is missing.'])
})

it('names another user’s file as the page knows it', async () => {
  await using door = await functions()
  const theirs = await door.post({ ...cat, reference_image_url: 'user-library/bert/a.png' })
  expect(theirs.status).toBe(403)
  expect(await theirs.json()).toEqual({
    success: false,
    code: 'CROSS_USER_REFERENCE',
    error: expect.stringContaining('not in the folder of the caller'),
  })
})

it('says that it is switched off as the page knows it', async () => {
  await using door = await functions({ isQueueEnabled: false })
  const off = await door.post(cat)
  expect(off.status).toBe(503)
  expect(await off.json()).toEqual({
    success: false,
    code: 'SDXL_DISABLED',
    error: expect.any(String),
  })
})

it('points to the other functions where nobody can do it, and keeps services’ words to itself', async () => {
  await using door = await functions({
    accept: async () => {
      throw new Failure('queue-unavailable', 'redis://secret@host is away')
    },
  })
  const response = await door.post(cat)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('5')
  const text = await response.text()
  expect(text).not.toContain('secret')
  expect(JSON.parse(text)).toMatchObject({
    success: false,
    code: 'queue-unavailable',
    status: 'failed',
    fallback_suggestion: 'fal-image or replicate-image',
  })
})

it('gives the same job for the same key', async () => {
  await using door = await functions()
  const ids = new Set<string>()
  for (let i = 0; i < 2; i++) {
    const response = await door.post(cat, { 'idempotency-key': 'once' })
    ids.add(JSON.parse(await response.text()).jobId)
  }
  expect(ids.size).toBe(1)
})

it('is in the OpenAPI document beside the other surfaces, with what refuses', async () => {
  await using database = await pglite!.open()
  await using tested = await testSurfaces(database)
  const parts = { ...tested.parts, queueName: 'sdxl_queue', isQueueEnabled: true }
  const app = createRouter()
  for (const routes of [
    ...[queueJobRoutes(parts), providerImageRoutes(parts), openaiRoutes(parts)],
    ...[sdapiGenerateRoutes(parts), sdapiControlRoutes(parts), sdapiListRoutes(parts)],
  ]) {
    app.route('/', routes)
  }
  const info = { title: 'i2i', version: '0' }
  const { paths = {} } = app.getOpenAPI31Document({ openapi: '3.1.0', info })
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      ...['queue-job', 'replicate-image', 'fal-image'].map((name) => `/functions/v1/${name}`),
      ...['/v1/images/generations', '/v1/images/edits'],
      ...['img2img', 'txt2img', 'progress', 'interrupt', 'samplers', 'sd-models', 'options'].map(
        (name) => `/sdapi/v1/${name}`,
      ),
    ]),
  )
  for (const methods of Object.values(paths)) {
    for (const { responses = {} } of [methods.get, methods.post].filter((each) => each != null)) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '500']))
    }
  }
})
