import { expect, it } from 'vitest'
import type { JobResult } from '#contract'
import { testDatabases } from '../database/test-database.case.ts'
import { assetOf } from '../jobs/jobs.case.ts'
import { markRunning, openAttempt } from '../store/attempts.ts'
import { settle } from '../store/settle.ts'
import { appOf, testSurfaces } from '../surfaces/surfaces.case.ts'
import { providerImageRoutes } from './functions-provider-image.ts'

const [pglite] = testDatabases

async function functions(options: { readonly heldMs?: number } = {}) {
  const database = await pglite!.open()
  const surfaces = await testSurfaces(database, {
    ...options,
    providers: ['local-sdxl', 'replicate', 'fal-ai'],
  })
  const app = appOf(surfaces.parts, providerImageRoutes(surfaces.parts))
  const post = (name: string, body: unknown, caller = 'anna') =>
    app.request(`/functions/v1/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${caller}` },
      body: JSON.stringify(body),
    })
  /** What the caretaker of a provider's attempts would see to. */
  const finish = async (jobId: string, ending: Parameters<typeof settle>[2]) => {
    const attempt = await openAttempt(database, jobId)
    if (!attempt) throw new Error('nothing is under way')
    await markRunning(database, attempt.id)
    expect(await settle(database, attempt, ending)).toBe('settled')
    return attempt.provider
  }
  return {
    ...{ app, post, finish, database },
    async [Symbol.asyncDispose]() {
      await surfaces[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

const read = async (response: Response | Promise<Response>) =>
  JSON.parse(await (await response).text())

const cat = { prompt: 'a cat', jobType: 'image_high' }
const completed = (id: string) => {
  const result: JobResult = { mode: 'txt2img', prompt: 'a cat', assets: [assetOf(id)] }
  return { status: 'completed', result } as const
}

it('answers for Replicate with a prediction that its owner alone can look after', async () => {
  await using door = await functions()
  const answer = await read(door.post('replicate-image', cat))
  expect(answer).toEqual({
    jobId: expect.any(String),
    predictionId: answer.jobId,
    status: 'queued',
  })
  const poll = (caller?: string) =>
    door.post('replicate-image', { predictionId: answer.predictionId }, caller)
  expect(await (await poll()).json()).toMatchObject({ status: 'starting', output: null })
  const theirs = await poll('bert')
  expect(theirs.status).toBe(404)
  expect(await theirs.json()).toMatchObject({ success: false, code: 'not-found', status: 404 })

  expect(await door.finish(answer.jobId, completed(answer.jobId))).toBe('replicate')
  expect(await (await poll()).json()).toMatchObject({
    id: answer.jobId,
    status: 'succeeded',
    output: [expect.stringMatching(/^http.*0\.png/)],
    error: null,
  })
})

it('spells a cancelled prediction as Replicate does, and tells why one failed', async () => {
  await using door = await functions()
  const endings = [
    [{ status: 'cancelled' }, { status: 'canceled', error: null }],
    [
      { status: 'failed', code: 'provider-failed', message: 'CUDA error at 0x7f' },
      { status: 'failed', error: 'The provider ran the job and failed.' },
    ],
  ] as const
  for (const [ending, seen] of endings) {
    const { predictionId } = await read(door.post('replicate-image', cat))
    await door.finish(predictionId, ending)
    const poll = await door.post('replicate-image', { predictionId })
    expect(await poll.json()).toMatchObject({ ...seen, output: null })
  }
})

it('answers for fal with the picture where it is done in time, else with the request', async () => {
  await using door = await functions({ heldMs: 50_000 })
  const asking = door.post('fal-image', { prompt: 'a cat' })
  await expect
    .poll(async () => (await door.database.query<{ id: string }>('select id from i2i.jobs')).length)
    .toBe(1)
  const [job] = await door.database.query<{ id: string }>('select id from i2i.jobs')
  const id = job?.id ?? ''
  expect(await door.finish(id, completed(id))).toBe('fal-ai')
  expect(await (await asking).json()).toEqual({
    jobId: id,
    status: 'completed',
    resultUrl: expect.stringMatching(/^http.*0\.png/),
    resultType: 'image',
  })
  await using hasty = await functions({ heldMs: 100 })
  const slow = await read(hasty.post('fal-image', { prompt: 'a slow cat' }))
  expect(slow).toEqual({ jobId: slow.jobId, requestId: slow.jobId, status: 'queued' })
})

it('refuses in JSON, whose words are ours', async () => {
  await using door = await functions()
  const wrong = await door.post('replicate-image', { prompt: 'a cat' })
  expect(wrong.status).toBe(400)
  expect(await wrong.json()).toEqual({
    success: false,
    code: 'request-invalid',
    error: 'Something that was asked for cannot be.',
    details: 'job_type is missing: send sdxl_image_high or sdxl_image_fast.',
    status: 400,
    retryable: false,
  })
  const image = 'user-library/bert/a.png'
  const theirs = await door.post('fal-image', { prompt: 'a cat', input: { image_url: image } })
  expect(theirs.status).toBe(403)
  expect(await theirs.json()).toMatchObject({ code: 'CROSS_USER_REFERENCE' })
  const preflight = await door.app.request('/functions/v1/fal-image', { method: 'OPTIONS' })
  expect(await preflight.text()).toBe('ok')
})
