import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestGateway, testGateway } from '../gateway.case.ts'
import { type Answer, type Client, checkedClient, recordOf } from './conforms.case.ts'

let gateway: TestGateway
let client: Client

beforeAll(async () => {
  gateway = await testGateway()
  client = await checkedClient(gateway.url)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const JSON_TYPE = { 'content-type': 'application/json' }
const code = ({ body }: Answer) => recordOf(body).code
const json = (body: unknown) => ({ headers: JSON_TYPE, body: JSON.stringify(body) })

describe('what bad input gets', () => {
  it.each<[string, string, string, RequestInit, number, string]>([
    [
      'JSON cut short',
      'POST',
      '/v1/jobs',
      { headers: JSON_TYPE, body: '{"a":' },
      400,
      'request-unreadable',
    ],
    ['no body', 'POST', '/v1/jobs', { headers: JSON_TYPE }, 400, 'request-unreadable'],
    [
      'no content type',
      'POST',
      '/v1/jobs',
      { body: new Blob(['{}']) },
      415,
      'media-type-unsupported',
    ],
    [
      'a form',
      'POST',
      '/v1/jobs',
      { body: new URLSearchParams('a=b') },
      415,
      'media-type-unsupported',
    ],
    [
      'XML',
      'POST',
      '/v1/jobs/preview',
      { headers: { 'content-type': 'text/xml' }, body: '<a/>' },
      415,
      'media-type-unsupported',
    ],
    [
      'a compressed body',
      'POST',
      '/v1/jobs',
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync('{}') },
      415,
      'media-type-unsupported',
    ],
    [
      'a body that says that it is not compressed',
      'POST',
      '/v1/jobs',
      { headers: { ...JSON_TYPE, 'content-encoding': 'identity' }, body: '[]' },
      422,
      'request-invalid',
    ],
    ['a list', 'POST', '/v1/jobs', json([]), 422, 'request-invalid'],
    [
      '300 KiB',
      'POST',
      '/v1/jobs',
      json({ prompt: 'a'.repeat(300 * 1024) }),
      413,
      'request-too-large',
    ],
    ['NUL', 'POST', '/v1/jobs', json({ prompt: 'a\0b' }), 422, 'request-invalid'],
    [
      'half a surrogate pair',
      'POST',
      '/v1/jobs',
      { headers: JSON_TYPE, body: '{"prompt":"\\ud800"}' },
      422,
      'request-invalid',
    ],
    [
      'COPY of nothing',
      'POST',
      '/v1/jobs',
      json({ exact_copy_mode: true }),
      422,
      'request-invalid',
    ],
    [
      'a provider that is not here',
      'POST',
      '/v1/jobs',
      json({ provider: 'fal-ai' }),
      422,
      'request-invalid',
    ],
    [
      'another user’s file',
      'POST',
      '/v1/jobs',
      json({ reference_image_url: 'user-library/else/a.png' }),
      403,
      'reference-forbidden',
    ],
    [
      'what takes a content mode that is not granted',
      'POST',
      '/v1/jobs',
      json({ prompt: 'a nude woman', content_mode: 'nsfw' }),
      403,
      'policy-content-mode',
    ],
    [
      'an empty Idempotency-Key',
      'POST',
      '/v1/jobs',
      { ...json({}), headers: { ...JSON_TYPE, 'idempotency-key': '' } },
      422,
      'request-invalid',
    ],
    ['a page of a million', 'GET', '/v1/jobs?limit=1000000', {}, 422, 'request-invalid'],
    ['a page after nothing', 'GET', '/v1/jobs?after=%00', {}, 422, 'request-invalid'],
    ['no such address', 'GET', '/v2/jobs', {}, 404, 'not-found'],
    ['another method', 'PATCH', '/v1/jobs', {}, 405, 'method-not-allowed'],
    [
      'a URL of 5,000 characters',
      'GET',
      `/v1/jobs?after=${'a'.repeat(5_000)}`,
      {},
      413,
      'request-too-large',
    ],
    [
      'an upload of text',
      'POST',
      '/v1/uploads',
      { headers: { 'content-type': 'text/plain' }, body: 'a' },
      415,
      'media-type-unsupported',
    ],
    [
      'a broken form',
      'POST',
      '/v1/uploads',
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: 'a' },
      400,
      'request-unreadable',
    ],
    [
      'an upload of 13 MiB',
      'POST',
      '/v1/uploads',
      { headers: { 'content-type': 'image/png' }, body: new Uint8Array(13 * 1024 ** 2) },
      413,
      'request-too-large',
    ],
    [
      'a wrong key',
      'GET',
      '/v1/jobs',
      { headers: { authorization: 'Bearer i2i_live_x' } },
      401,
      'unauthorized',
    ],
    [
      'a page from elsewhere',
      'GET',
      '/v1/jobs',
      { headers: { origin: 'https://evil.example' } },
      403,
      'forbidden',
    ],
    [
      'a proxy',
      'GET',
      '/v1/jobs',
      { headers: { 'x-forwarded-for': '10.0.0.1' } },
      401,
      'unauthorized',
    ],
  ])('%s: %s', async (_, method, path, init, status, expected) => {
    const answer = await client.ask(method, path, init)
    expect([answer.status, code(answer)]).toEqual([status, expected])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(recordOf(answer.body)).toMatchObject({ status, type: `urn:i2i:problem:${expected}` })
  })

  it('names every field that is wrong, and those that there are none of', async () => {
    const answer = await client.ask('POST', '/v1/jobs', {
      ...json({ steps: 0, seed: 1.5, loras: [{ id: 1 }], promt: 'a cat', quality: 'best' }),
    })
    const { errors, detail } = recordOf(answer.body)
    const fields = Array.isArray(errors) ? errors.map((each) => recordOf(each).field) : []
    expect(fields.toSorted()).toEqual(['loras.0.id', 'promt', 'quality', 'seed', 'steps'])
    expect(detail).toContain('steps must be a whole number from 1 to 150')
  })

  it('says which methods an address has, and what is missing for a key', async () => {
    const wrong = await client.ask('PUT', '/v1/jobs/some-id')
    expect(wrong.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS')
    const nobody = await client.ask('GET', '/v1/jobs', { headers: { authorization: 'Basic YTpi' } })
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('keeps an address that has no parameter to its own methods, whatever another would read there', async () => {
    for (const method of ['GET', 'HEAD', 'DELETE', 'PUT']) {
      const { status, headers } = await client.ask(method, '/v1/jobs/preview')
      expect([method, status, headers.get('allow')]).toEqual([method, 405, 'OPTIONS, POST'])
    }
    const { headers } = await fetch(`${gateway.url}/v1/jobs/preview`, { method: 'OPTIONS' })
    expect(headers.get('allow')).toBe('OPTIONS, POST')
    for (const path of ['/v1/jobs', '/health', '/']) {
      expect((await client.ask('HEAD', path)).status).toBe(200)
    }
    expect((await client.ask('GET', '/v1/jobs/previews')).status).toBe(404)
  })

  it('never counts a body that does not say its length beyond the limit', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
    })
    const init = { method: 'POST', headers: JSON_TYPE, body: endless, duplex: 'half' } as const
    const answer = await fetch(`${gateway.url}/v1/jobs`, init).catch((error: unknown) => error)
    // The connection may be gone before the answer is read.
    if (answer instanceof Response) expect(answer.status).toBe(413)
    expect((await client.ask('GET', '/health')).status).toBe(200)
  })
})

describe('what is no request', () => {
  it.each([
    ['noise', '\x16\x03\x01hello\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    [
      '20 KiB of headers',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 431 ',
    ],
    [
      'an address with a backslash',
      'GET /v1\\jobs HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
    ],
    [
      'a Host that is none',
      'GET /health HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
    ],
  ])('is answered with a problem: %s', async (_, bytes, line) => {
    const answer = await answerTo(bytes)
    expect(answer.startsWith(line)).toBe(true)
    expect(answer).toContain('application/problem+json')
    expect(answer).toContain('"code":"request-')
  })

  it('is not HTTP/1.0 without a Host, in which some load balancers ask whether we live', async () => {
    expect(await answerTo('GET /health HTTP/1.0\r\n\r\n')).toContain('{"status":"alive"}')
    // It is let in no further than with a Host of somebody else's.
    expect(await answerTo('GET /v1/jobs HTTP/1.0\r\n\r\n')).toContain('"code":"forbidden"')
  })
})

/** As a socket is written to, until the other end closes it. */
const answerTo = async (bytes: string): Promise<string> =>
  await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    let heard = ''
    socket.on('data', (data) => {
      heard += data
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(heard))
    socket.write(bytes)
  })
