import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '#platform/log.ts'
import type { Scope } from '../callers/caller.ts'
import { createKey } from '../callers/key-records.ts'
import { PNG, SECRET, type TestGateway, testGateway } from '../gateway.case.ts'
import { type Client, checkedClient, listOf, recordOf } from './conforms.case.ts'

let gateway: TestGateway
let client: Client
const lines: string[] = []
const keys: Record<string, string> = {}

const all = ['jobs:write', 'jobs:read', 'files:write'] as const

beforeAll(async () => {
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  gateway = await testGateway({ log })
  const key = async (name: string, scopes: readonly Scope[] = all) => {
    const wish = { environment: 'test', tenant: 'here', userId: name, name, adult: false }
    const made = await createKey(gateway.database, SECRET, { ...wish, scopes, expiresAt: null })
    keys[name] = made.text
  }
  await key('anna')
  await key('ben')
  await key('reader', ['jobs:read'])
  client = await checkedClient(gateway.url)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const as = (name: string, headers: Record<string, string> = {}) => ({
  authorization: `Bearer ${keys[name]}`,
  ...headers,
})
const post = (name: string, body: unknown, headers: Record<string, string> = {}) =>
  client.ask('POST', '/v1/jobs', {
    headers: as(name, { 'content-type': 'application/json', ...headers }),
    body: JSON.stringify(body),
  })
const jobOf = async (name: string, headers: Record<string, string> = {}) =>
  String(recordOf((await post(name, { prompt: `of ${name}` }, headers)).body).jobId)

describe('a caller', () => {
  it('must show a key wherever something is somebody’s, from the first key on', async () => {
    for (const path of ['/v1/jobs', '/v1/jobs/x', '/v1/workers', '/v1/capabilities']) {
      expect((await client.ask('GET', path)).status).toBe(401)
    }
    const wrong = { authorization: `Bearer ${keys.anna?.slice(0, -1)}x` }
    expect((await client.ask('GET', '/v1/jobs', { headers: wrong })).status).toBe(401)
    for (const path of ['/health', '/ready', '/metrics', '/openapi.json', '/docs']) {
      expect((await client.ask('GET', path)).status).toBe(200)
    }
  })

  it('sees and ends its own jobs, and of others’ not even that they are there', async () => {
    const id = await jobOf('anna')
    const of = (name: string) => ({ headers: as(name) })
    expect((await client.ask('GET', `/v1/jobs/${id}`, of('anna'))).status).toBe(200)
    for (const [method, path] of [
      ['GET', `/v1/jobs/${id}`],
      ['DELETE', `/v1/jobs/${id}`],
      ['DELETE', `/v1/jobs/${id}?purge=true`],
      ['GET', `/v1/jobs/${id}/events`],
    ] as const) {
      const answer = await client.ask(method, path, of('ben'))
      expect([path, answer.status]).toEqual([path, 404])
    }
    const { body } = await client.ask('GET', '/v1/jobs', of('ben'))
    expect(listOf(recordOf(body).jobs)).toEqual([])
    const after = await client.ask('GET', `/v1/jobs?after=${id}`, of('ben'))
    expect(listOf(recordOf(after.body).jobs)).toEqual([])
    const still = await client.ask('GET', `/v1/jobs/${id}`, of('anna'))
    expect(recordOf(still.body).status).toBe('queued')
  })

  it('has idempotency keys and files of its own', async () => {
    const key = { 'idempotency-key': 'the same' }
    expect(await jobOf('anna', key)).not.toBe(await jobOf('ben', key))
    const headers = as('anna', { 'content-type': 'image/png' })
    const { body } = await client.ask('POST', '/v1/uploads', { headers, body: PNG })
    const request = { prompt: 'x', reference_image_url: recordOf(body).path }
    expect((await post('anna', request)).status).toBe(202)
    const stolen = await post('ben', request)
    expect([stolen.status, recordOf(stolen.body).code]).toEqual([403, 'reference-forbidden'])
  })

  it('does no more than its key was given', async () => {
    expect((await client.ask('GET', '/v1/jobs', { headers: as('reader') })).status).toBe(200)
    expect((await post('reader', {})).status).toBe(403)
    const headers = as('reader', { 'content-type': 'image/png' })
    expect((await client.ask('POST', '/v1/uploads', { headers, body: PNG })).status).toBe(403)
  })
})

describe('the log', () => {
  it('has a line of each request with who asked for what pattern, and no secret and no prompt', async () => {
    const id = await jobOf('anna')
    await client.ask('GET', `/v1/jobs/${id}`, { headers: as('anna') })
    const last = JSON.parse(lines.filter((line) => line.includes('"answered"')).at(-1) ?? '{}')
    expect(last).toMatchObject({ method: 'GET', route: '/v1/jobs/:id', httpStatus: 200 })
    expect(last.caller).toMatch(/^\w{8}$/)
    const whole = lines.join('')
    expect(whole).not.toContain(String(keys.anna))
    expect(whole).not.toContain('of anna')
  })

  it('does not take it for a mistake of ours that a client went away within its request', async () => {
    const { port } = new URL(gateway.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST /v1/uploads HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${keys.anna}\r\n` +
        'content-type: image/png\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n',
    )
    const before = lines.length
    // Go on: its request is under way.
    await once(socket, 'data')
    socket.write('abc')
    socket.destroy()
    await expect.poll(() => lines.length).toBeGreaterThan(before)
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})
