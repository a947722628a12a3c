import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  failureResult,
  type JobResult,
  memoryQueue,
  type Outcome,
  type Queue,
  type QueueWorker,
  writeResult,
} from '#contract'
import { serve, type TestServer } from '#platform/fetch/server.case.ts'
import { createSendCallback } from '#platform/webhook/send-callback.ts'
import type { CallbackService } from '#platform/webhook/serve-callback.ts'
import { serveOnce } from '#platform/webhook/serve-once.case.ts'
import { idOf, type TestWorkshop, testWorkshop, txt2img, USER } from './workshop.case.ts'

const SECRET = 'callback-secret'
const MINUTE = 60_000

let made: TestWorkshop
let receiver: TestServer
let answer: { status: number; body: string }
let heard: { headers: Record<string, unknown>; body: string }[]
let queue: Queue
let worker: QueueWorker
let skew: number
let service: CallbackService

beforeAll(async () => {
  made = await testWorkshop()
  receiver = await serve(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    heard.push({ headers: request.headers, body: Buffer.concat(pieces).toString() })
    response.writeHead(answer.status).end(answer.body)
  })
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await made[Symbol.asyncDispose]()
})
beforeEach(() => {
  heard = []
  skew = 0
  answer = { status: 200, body: '{"success":true}' }
  queue = memoryQueue({ idOf, clock: () => Date.now() + skew })
  worker = queue.worker('a')
  const scheme = { kind: 'job-callback', secret: SECRET } as const
  service = {
    callbacks: queue.callbacks,
    storage: made.storage,
    log: made.workshop.log,
    send: createSendCallback({ receiver: { url: `${receiver.origin}/cb`, bearer: 'jwt', scheme } }),
    receiver: `${receiver.origin}/cb`,
    body: 'job-callback',
  }
})

async function finish(id: string, outcome: Outcome): Promise<void> {
  const metadata = { scene: 'beach', denoise_strength: 0.9 }
  await queue.push(txt2img(id, { metadata }))
  const claim = await worker.take()
  if (claim) await worker.finish(claim, outcome)
}

const completed = (result: JobResult): Outcome => ({
  status: 'completed',
  result: writeResult(result),
})

const owed = async () => (await queue.depth()).owedCallbacks

/** A result whose picture the worker has staged, and not lived to publish. */
async function staged(id: string): Promise<JobResult> {
  const folder = `workspace-temp/${USER}/${id}/.staged/1`
  const places = { path: `${folder}/0.png`, thumbnailPath: `${folder}/0.thumb.webp` }
  for (const place of Object.values(places)) {
    await made.storage.put(place, Buffer.from(id), { contentType: 'image/png' })
  }
  return {
    mode: 'txt2img',
    prompt: 'a heron',
    effective: { denoiseStrength: 1, guidanceScale: 7, steps: 15, evaluations: 15 },
    assets: [
      {
        ...{ path: `${USER}/${id}/0.png`, thumbnailPath: `${USER}/${id}/0.thumb.webp` },
        ...{ width: 128, height: 96, seed: 0, bytes: 2, format: 'png', sha256: 'ab' },
        staged: places,
      },
    ],
  }
}

it('tells a completed job as today’s receiver expects it, once its files are where it looks', async () => {
  await finish('1', completed(await staged('1')))
  expect(await serveOnce(service)).toBe(1)
  const [{ headers, body } = { headers: {}, body: '' }] = heard
  const digest = createHmac('sha256', SECRET).update(body).digest('hex')
  expect(headers).toMatchObject({
    authorization: 'Bearer jwt',
    'x-callback-signature': `sha256=${digest}`,
  })
  const ran = { denoise_strength: 1, guidance_scale: 7, steps: 15, num_inference_steps: 15 }
  expect(JSON.parse(body)).toMatchObject({
    job_id: '1',
    status: 'completed',
    assets: [
      {
        type: 'image',
        url: `${USER}/1/0.png`,
        thumbnail_url: `${USER}/1/0.thumb.webp`,
        metadata: { ...ran, width: 128, height: 96, seed: 0, file_size_bytes: 2 },
      },
    ],
    error_message: null,
    metadata: { ...ran, scene: 'beach', job_type: 'sdxl_image_fast' },
  })
  expect(body).not.toContain('.staged')
  expect(await made.files()).toEqual([
    `workspace-temp/${USER}/1/0.png`,
    `workspace-temp/${USER}/1/0.thumb.webp`,
  ])
  expect(await owed()).toBe(0)
})

it('says why a job failed, also where its worker died of it', async () => {
  const { code, text } = failureResult(new Error('secret insides'))
  await finish('1', { status: 'failed', code, result: text, retryable: false })
  await finish('2', { status: 'failed', code: 'poison', result: '', retryable: false })
  await serveOnce(service)
  const said = heard.map(({ body }) => JSON.parse(body)).toSorted((a, b) => a.job_id - b.job_id)
  expect(said).toMatchObject([
    {
      status: 'failed',
      error_message: 'Something went wrong that should not.',
      metadata: { error_type: 'internal', denoise_strength: 0.9 },
    },
    {
      error_message: 'Every worker that took the job died of it.',
      metadata: { error_type: 'poison' },
    },
  ])
})

it('tries again, later each time, while the receiver has a bad moment', async () => {
  answer = { status: 503, body: '' }
  await finish('1', completed({ assets: [] }))
  await serveOnce(service)
  expect([heard.length, await owed(), await serveOnce(service)]).toEqual([1, 1, 0])
  skew += 7_000
  await serveOnce(service)
  skew += 7_000
  expect(await serveOnce(service)).toBe(0)
  answer = { status: 200, body: '' }
  skew += 6 * MINUTE
  await serveOnce(service)
  expect([heard.length, await owed()]).toEqual([3, 0])
})

it.each([
  [410, '', 'told in vain'],
  [422, '', 'callback refused'],
  [200, '{"success":true,"skipped":true}', 'told in vain'],
])('sends nothing more after %i %s, and warns', async (status, body, warning) => {
  answer = { status, body }
  const before = made.lines.length
  await finish('1', completed({ assets: [] }))
  await serveOnce(service)
  expect([heard.length, await owed()]).toEqual([1, 0])
  expect(made.lines.slice(before).join('')).toContain(warning)
})

it('publishes, tells nobody and owes nothing where no receiver is known', async () => {
  await finish('quiet', completed(await staged('quiet')))
  await serveOnce({ ...service, receiver: undefined })
  await finish('mute', completed({ assets: [] }))
  await serveOnce({ ...service, send: undefined })
  expect([heard.length, await owed()]).toEqual([0, 0])
  expect((await made.files()).filter((file) => file.includes('quiet'))).toEqual([
    `workspace-temp/${USER}/quiet/0.png`,
    `workspace-temp/${USER}/quiet/0.thumb.webp`,
  ])
})

it('says that a job failed where no storage can have what its worker names, and asks none', async () => {
  const result = await staged('odd')
  const assets = result.assets.map((asset) => ({ ...asset, path: '../x' }))
  await finish('odd', completed({ ...result, assets }))
  const storage = { ...made.storage, publish: () => expect.unreachable() }
  await serveOnce({ ...service, storage })
  const [said] = heard.map(({ body }) => JSON.parse(body))
  expect(said).toMatchObject({ status: 'failed', assets: [], metadata: { error_type: 'internal' } })
  expect(said.error_message).toMatch(/path "workspace-temp\/..\/x" is none.* Look at that worker/)
  expect(await owed()).toBe(0)
})

it('waits with the word until the storage has published', async () => {
  const away = { ...made.storage, publish: () => Promise.reject(new Error('away')) }
  await finish('late', completed(await staged('late')))
  await serveOnce({ ...service, storage: away })
  expect([heard.length, await owed()]).toEqual([0, 1])
  skew += 7_000
  await serveOnce(service)
  expect([heard.length, await owed()]).toEqual([1, 0])
})
