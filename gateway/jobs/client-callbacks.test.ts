import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { serve, type TestServer } from '#platform/fetch/server.case.ts'
import { createSendCallback } from '#platform/webhook/send-callback.ts'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import { settle } from '../store/settle.ts'
import { type ClientCallbackParts, createClientCallbacks } from './client-callbacks.ts'
import { ANNA, assetOf, cat, type TestGateway, testGateway } from './jobs.case.ts'

const SECRET = 'callback-secret'
let receiver: TestServer
let answer: number
let heard: { headers: Record<string, unknown>; body: string }[]

function sendTo(...receivers: readonly TestServer[]) {
  const scheme = { kind: 'job-callback', secret: SECRET } as const
  const guard = { privateOrigins: receivers.map(({ origin }) => origin) }
  return createSendCallback({ others: { allowedHosts: ['127.0.0.1'], scheme, guard } })
}

/** @returns how many were tried. */
async function serveOnce(parts: ClientCallbackParts): Promise<number> {
  const callbacks = createClientCallbacks(parts)
  const tried = await callbacks.look()
  await callbacks.ended()
  return tried
}

beforeAll(async () => {
  receiver = await serve(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    heard.push({ headers: request.headers, body: Buffer.concat(pieces).toString() })
    response.writeHead(answer).end('{}')
  })
})
afterAll(() => receiver[Symbol.asyncDispose]())

describe.for(databasesHere)('callbacks to clients on $kind', ({ open }) => {
  let database: Database
  let made: TestGateway
  let parts: ClientCallbackParts
  beforeEach(async () => {
    heard = []
    answer = 200
    database = await open()
    made = await testGateway(database)
    const { log } = made.parts
    parts = { database, log, send: sendTo(receiver), body: 'job-callback' }
  })
  afterEach(async () => {
    await made[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  async function completed(callback_url = `${receiver.origin}/cb`): Promise<string> {
    const request = { ...cat, callback_url, metadata: { scene: 'beach' } }
    const { row } = await made.accept(request, { caller: ANNA, surface: 'v1' })
    const result = { mode: 'txt2img', assets: [assetOf(row.id)], effective: { steps: 25 } } as const
    const attempt = { id: row.attemptId, jobId: row.id }
    await settle(database, attempt, {
      status: 'completed',
      result: { ...result, assets: [assetOf(row.id)] },
    })
    return row.id
  }
  const pass = (ms: number) =>
    database.query(`update i2i.callbacks set due_at = due_at - $1 * interval '1 millisecond'`, [ms])
  const outcomes = async () =>
    (await database.query<{ outcome: string }>('select outcome from i2i.callbacks')).map(
      ({ outcome }) => outcome,
    )

  it('say what came of a job in today’s words, signed, and once', async () => {
    const id = await completed()
    expect([await serveOnce(parts), await serveOnce(parts)]).toEqual([1, 0])
    const [{ headers, body } = { headers: {}, body: '' }, ...more] = heard
    expect(more).toEqual([])
    const digest = createHmac('sha256', SECRET).update(body).digest('hex')
    expect(headers).toMatchObject({ 'x-callback-signature': `sha256=${digest}` })
    expect(JSON.parse(body)).toMatchObject({
      ...{ job_id: id, status: 'completed', error_message: null },
      assets: [{ url: `anna/${id}/0.png`, metadata: { sha256: `sha of ${id}` } }],
      metadata: { scene: 'beach', steps: 25 },
    })
    expect(await outcomes()).toEqual(['delivered'])
  })

  it('are signed as Standard Webhooks, under one id on every attempt', async () => {
    const scheme = { kind: 'standard', secrets: ['whsec_c2VjcmV0'] } as const
    const guard = { privateOrigins: [receiver.origin] }
    const send = createSendCallback({ others: { allowedHosts: ['127.0.0.1'], scheme, guard } })
    const id = await completed()
    answer = 500
    await serveOnce({ ...parts, send, body: 'standard' })
    await pass(10_000)
    answer = 200
    await serveOnce({ ...parts, send, body: 'standard' })
    expect(heard.map(({ headers }) => headers['webhook-id'])).toEqual([id, id])
    const [first, second] = heard.map(({ body }) => body)
    expect(first).toBe(second)
    expect(JSON.parse(first ?? '')).toMatchObject({
      ...{ type: 'job.completed', data: { job_id: id, status: 'completed' } },
    })
  })

  it('come again, later each time, and are given up after three days', async () => {
    await completed()
    answer = 503
    const tried: number[] = []
    for (let i = 0; i < 12; i++) {
      tried.push(await serveOnce(parts))
      tried.push(await serveOnce(parts))
      await pass(30 * 3_600_000)
    }
    expect(tried.filter((_, i) => i % 2 === 1).every((count) => count === 0)).toBe(true)
    expect([heard.length, await outcomes()]).toEqual([10, ['given up']])
  })

  it('are sent by one of several gateways', async () => {
    await completed()
    await Promise.all(Array.from({ length: 5 }, () => serveOnce(parts)))
    expect(heard).toHaveLength(1)
  })

  it('reach others while a receiver does not answer', async () => {
    await using silent = await serve(() => {})
    for (let n = 0; n < 21; n++) await completed(`${silent.origin}/cb`)
    await completed()
    const ending = new AbortController()
    const callbacks = createClientCallbacks({
      ...{ ...parts, send: sendTo(receiver, silent) },
      signal: ending.signal,
    })
    expect(await callbacks.look()).toBe(20)
    expect(await callbacks.look()).toBe(1)
    await expect.poll(() => heard.length).toBe(1)
    expect(await callbacks.look()).toBe(0)
    ending.abort()
    await callbacks.ended()
  })

  it('reach a host behind five hundred that are owed something later', async () => {
    const jobs = `insert into i2i.jobs (id, tenant, user_id, status, mode, class, job, planned, surface, attempt_id)
      select 'late-' || n, 'test', 'anna', 'completed', 'txt2img', '', '{}', '{}', 'v1', '' from generate_series(1, 500) n`
    await database.query(jobs)
    await database.query(`insert into i2i.callbacks (job_id, url, due_at)
      select 'late-' || n, 'https://0' || n || '.example/cb', now() + interval '1 hour' from generate_series(1, 500) n`)
    await completed()
    const callbacks = createClientCallbacks(parts)
    expect([await callbacks.look(), await callbacks.look(), await callbacks.look()]).toEqual([
      0, 1, 0,
    ])
    await callbacks.ended()
    expect(heard).toHaveLength(1)
  })

  it('never go where they may not, and are still owed where this gateway ends', async () => {
    await completed('http://169.254.169.254/latest')
    await serveOnce(parts)
    expect(await outcomes()).toEqual(['refused'])
    await database.query('delete from i2i.callbacks')
    await completed()
    await serveOnce({ ...parts, signal: AbortSignal.abort() })
    expect([heard.length, await outcomes()]).toEqual([0, [null]])
    await pass(3_600_000)
    expect(await serveOnce(parts)).toBe(1)
  })
})
