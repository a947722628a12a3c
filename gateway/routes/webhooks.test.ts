import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLog } from '#platform/log.ts'
import { standardSignature } from '#platform/webhook/sign.ts'
import { hashOfToken, tokenOf } from '../caretaker/attempt-token.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { problemOf } from '../http/problem.ts'
import { orderOf } from '../providers/order.case.ts'
import { createReplicate } from '../providers/replicate/replicate.ts'
import { attemptOfToken, markSending } from '../store/attempts.ts'
import { insertJob } from '../store/insert-job.ts'
import { webhookRoutes } from './webhooks.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const [somewhere] = databasesHere
let database: Database
let token = ''
let jobs = 0
let nudges = 0
beforeAll(async () => {
  database = await somewhere!.open()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  nudges = 0
  const { job, planned } = orderOf({ mode: 'txt2img' })
  const attemptId = `attempt-${++jobs}`
  await insertJob(database, {
    ...{ job: { ...job, id: `job-${jobs}` }, planned, class: 'txt2img 1024x1024' },
    ...{ tenant: 't', userId: 'u', surface: 'v1', provider: 'replicate', notes: [], attemptId },
  })
  token = tokenOf(attemptId, 'a secret of all gateways')
  await markSending(database, attemptId, { tokenHash: hashOfToken(token), lookAgainMs: 60_000 })
})

function routes(webhookSecrets: readonly string[] = [SECRET]) {
  const provider = createReplicate({
    ...{ token: 'r8_x', model: 'stability-ai/sdxl', contentModes: ['sfw'], webhookSecrets },
  })
  const caretaker = { nudge: () => void nudges++ }
  const log = createLog({ level: 'silent' })
  const app = webhookRoutes({ database, providers: [provider], caretaker, log })
  app.onError((error) => {
    const { problem } = problemOf(error)
    return Response.json(problem, { status: problem.status })
  })
  return app
}

const signed = (body: string, id = `msg_${Math.random()}`, now = Date.now()) => ({
  method: 'POST',
  body,
  headers: {
    ...standardSignature(body, { id, now, secrets: [SECRET] }),
    'content-type': 'application/json',
  },
})
const body = (ref: string) => JSON.stringify({ id: ref, status: 'succeeded', output: [] })
const attempt = () => attemptOfToken(database, hashOfToken(token))

test('a name that the answer to the request has not told yet is learnt from it', async () => {
  const ref = `prediction-${jobs}`
  const answer = await routes().request(`/webhooks/replicate/${token}`, signed(body(ref)))
  expect([answer.status, await answer.json()]).toEqual([200, { heard: true }])
  expect(await attempt()).toMatchObject({ state: 'sent', ref })
  expect(nudges).toBe(1)
})

test('the same event again is answered, and changes nothing', async () => {
  const message = signed(body(`prediction-${jobs}`), `msg_again_${jobs}`)
  const app = routes()
  await app.request(`/webhooks/replicate/${token}`, message)
  const again = await app.request(`/webhooks/replicate/${token}`, message)
  expect([again.status, await again.json()]).toEqual([200, { heard: false }])
  expect(nudges).toBe(1)
})

test('another job’s event does not change the name', async () => {
  const app = routes()
  await app.request(`/webhooks/replicate/${token}`, signed(body(`prediction-${jobs}`)))
  await app.request(`/webhooks/replicate/${token}`, signed(body('another')))
  expect(await attempt()).toMatchObject({ ref: `prediction-${jobs}` })
  expect(nudges).toBe(1)
})

const MINUTES_6 = 6 * 60_000
test.each<[string, () => readonly [string, RequestInit], number]>([
  ['a bit is wrong', () => [token, { ...signed(body('x')), body: body('y') }], 401],
  ['it is not signed', () => [token, { method: 'POST', body: body('x') }], 401],
  ['it is old', () => [token, signed(body('x'), 'm', Date.now() - MINUTES_6)], 401],
  ['it is from the future', () => [token, signed(body('x'), 'm', Date.now() + MINUTES_6)], 401],
  ['the token is another', () => [tokenOf('another', 'secret'), signed(body('x'))], 404],
  ['the token is none', () => ['short', signed(body('x'))], 422],
  ['it tells of no prediction', () => [token, signed('{}')], 400],
])('where %s nothing is heard', async (_, wish, status) => {
  const [place, message] = wish()
  const answer = await routes().request(`/webhooks/replicate/${place}`, message)
  expect(answer.status).toBe(status)
  expect(await attempt()).toMatchObject({ state: 'sending', ref: null })
  expect(nudges).toBe(0)
})

test('without a secret nothing is believed, and it is the operator’s to mend', async () => {
  const answer = await routes([]).request(`/webhooks/replicate/${token}`, signed(body('x')))
  expect(answer.status).toBe(503)
  expect(await attempt()).toMatchObject({ state: 'sending', ref: null })
})

test('a provider that is not configured has no address here', async () => {
  const answer = await routes().request(`/webhooks/fal/${token}`, signed(body('x')))
  expect(answer.status).toBe(404)
})

test('two secrets stand while one is being replaced', async () => {
  const app = routes(['whsec_bmV3ZXIgc2VjcmV0IG9mIG91cnM=', SECRET])
  const answer = await app.request(
    `/webhooks/replicate/${token}`,
    signed(body(`prediction-${jobs}`)),
  )
  expect(answer.status).toBe(200)
})
