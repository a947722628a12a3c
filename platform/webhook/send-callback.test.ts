import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { serve } from '../fetch/server.case.ts'
import { jobCallbackBody, standardBody } from './job-callback.ts'
import { createSendCallback } from './send-callback.ts'

const SECRET = 'callback-secret'
const WHSEC = `whsec_${Buffer.from('a key of twenty-four byte').toString('base64')}`
const scheme = { kind: 'job-callback', secret: SECRET } as const
const body = jobCallbackBody({
  jobId: 'j1',
  status: 'completed',
  metadata: { seed: 0, model: null },
})

interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Reply {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** A receiver that keeps what it hears and answers `reply`. */
async function receiver({ status = 200, headers = {}, body: said = '' }: Reply = {}) {
  const heard: Heard[] = []
  const server = await serve(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    heard.push({ headers: request.headers, body: text })
    response.writeHead(status, headers).end(said)
  })
  const url = `${server.origin}/functions/v1/job-callback`
  return Object.assign(server, { url, heard })
}

describe('what is sent', () => {
  test("today's callback: bearer, and the signature of exactly these bytes", async () => {
    await using there = await receiver({ body: '{"success":true,"jobId":"j1"}' })
    const send = createSendCallback({ receiver: { url: there.url, bearer: 'service-key', scheme } })
    expect(await send({ id: 'm1', body })).toEqual({ kind: 'delivered' })
    const [{ headers, body: heard }] = there.heard as [Heard]
    expect(headers.authorization).toBe('Bearer service-key')
    expect(headers['content-type']).toBe('application/json')
    const expected = createHmac('sha256', SECRET).update(heard).digest('hex')
    expect(headers['x-callback-signature']).toBe(`sha256=${expected}`)
    expect(JSON.parse(heard)).toEqual({
      job_id: 'j1',
      status: 'completed',
      assets: [],
      error_message: null,
      metadata: { seed: 0 },
    })
  })

  test('Standard Webhooks, by the old secret and the new, as its own library checks it', async () => {
    await using there = await receiver()
    const other = `whsec_${Buffer.from('another key of that length').toString('base64')}`
    const standard = { kind: 'standard', secrets: [other, WHSEC] } as const
    const send = createSendCallback({ receiver: { url: there.url, scheme: standard } })
    const thin = standardBody({ jobId: 'j1', status: 'failed' }, 0)
    await send({ id: 'msg_1', body: thin })
    const [{ headers, body: heard }] = there.heard as [Heard]
    expect(headers['webhook-id']).toBe('msg_1')
    const flat = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)]))
    for (const secret of standard.secrets) {
      expect(new Webhook(secret).verify(heard, flat)).toEqual({
        type: 'job.failed',
        timestamp: '1970-01-01T00:00:00.000Z',
        data: { job_id: 'j1', status: 'failed' },
      })
    }
    expect(() => new Webhook(WHSEC).verify(`${heard} `, flat)).toThrow('No matching signature')
  })
})

describe('where it is sent', () => {
  test('the bearer goes to the configured URL and no other, not even on the same host', async () => {
    await using there = await receiver()
    const send = createSendCallback({
      receiver: { url: there.url, bearer: 'service-key', scheme },
      others: { allowedHosts: [], scheme, guard: { privateOrigins: [there.origin] } },
    })
    await send({ id: 'm1', url: there.url, body })
    await send({ id: 'm2', url: `${there.origin}/other`, body })
    expect(there.heard.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer service-key',
      undefined,
    ])
  })

  test('a URL of a job that is not on the list, or is on the inside, is not called', async () => {
    await using inside = await receiver()
    const others = { allowedHosts: ['127.0.0.1', 'hooks.example.com'], scheme }
    const send = createSendCallback({ others })
    for (const url of [inside.url, 'http://127.0.0.1/', 'https://example.org/', 'file:///x']) {
      expect(await send({ id: 'm1', url, body })).toMatchObject({ kind: 'refused' })
    }
    expect(inside.connections()).toBe(0)
    const none = createSendCallback({ receiver: { url: inside.url, scheme } })
    expect(await none({ id: 'm1', url: 'https://example.org/', body })).toEqual({
      kind: 'refused',
      reason: 'no callback URL of a job is allowed',
    })
    expect(await createSendCallback({})({ id: 'm1', body })).toMatchObject({ kind: 'refused' })
  })

  test('a redirect is not followed', async () => {
    await using elsewhere = await receiver()
    await using there = await receiver({ status: 307, headers: { location: elsewhere.url } })
    const send = createSendCallback({ receiver: { url: there.url, bearer: 'service-key', scheme } })
    expect(await send({ id: 'm1', body })).toMatchObject({ kind: 'retry', reason: 'answered 307' })
    expect(elsewhere.connections()).toBe(0)
  })
})

describe('what the answer means', () => {
  const date = new Date(90_000).toUTCString()
  const skipped = { body: '{"success":true,"skipped":true}' }
  const cases: [string, Reply, object][] = [
    ['204', { status: 204 }, { kind: 'delivered' }],
    ['200 with words', { body: 'OK' }, { kind: 'delivered' }],
    ['200 with more words than are read', { body: 'x'.repeat(500_000) }, { kind: 'delivered' }],
    ['200 in no known coding', { headers: { 'content-encoding': 'odd' } }, { kind: 'delivered' }],
    ['200 skipped', skipped, { kind: 'skipped' }],
    ['410', { status: 410 }, { kind: 'gone' }],
    ['400', { status: 400 }, { kind: 'refused', reason: 'answered 400' }],
    ['401', { status: 401 }, { kind: 'retry', atLeast: 0 }],
    ['404', { status: 404 }, { kind: 'retry', atLeast: 0 }],
    ['500', { status: 500 }, { kind: 'retry', atLeast: 0 }],
    ['429', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'retry', atLeast: 7_000 }],
    ['503', { status: 503, headers: { 'retry-after': date } }, { kind: 'retry', atLeast: 90_000 }],
    ['for ever', { status: 503, headers: { 'retry-after': '1e9' } }, { atLeast: 0 }],
    ['a year', { status: 503, headers: { 'retry-after': '31536000' } }, { atLeast: 86_400_000 }],
  ]
  test.each(cases)('%s', async (_, reply, outcome) => {
    await using there = await receiver(reply)
    const send = createSendCallback({ receiver: { url: there.url, scheme }, now: () => 0 })
    expect(await send({ id: 'm1', body })).toMatchObject(outcome)
  })

  test('silence and a closed door are tried again; a caller who gives up is heard', async () => {
    await using silent = await serve(() => {})
    const at = (url: string) => createSendCallback({ receiver: { url, scheme }, timeout: 100 })
    for (const url of [silent.origin, 'http://127.0.0.1:1/']) {
      expect(await at(url)({ id: 'm1', body })).toMatchObject({ kind: 'retry', atLeast: 0 })
    }
    const signal = AbortSignal.abort()
    await expect(at(silent.origin)({ id: 'm1', body, signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})
