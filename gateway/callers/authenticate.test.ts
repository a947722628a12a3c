import { createServer } from 'node:http'
import { request } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '#contract'
import type { Database } from '../database/database.ts'
import { databasesHere } from '../database/test-database.case.ts'
import type { Arrival } from './arrival.ts'
import { type Authenticate, createAuthenticate } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { createKey, type NewKey } from './key-records.ts'
import { createKeyRing } from './key-ring.ts'
import { requireScope } from './require-scope.ts'

const PEPPER = 'p'.repeat(32)
const wish: NewKey = {
  ...{ environment: 'live', tenant: 'default', userId: 'ann', name: '', scopes: ['jobs:read'] },
  ...{ adult: false, expiresAt: null },
}

let database: Database
let authenticate: Authenticate
let url: string
let port: number

/** Answers who the caller is, or why there is none. */
const server = createServer((incoming, response) => {
  const arrival: Arrival = {
    method: incoming.method ?? '',
    header: (name) => {
      const value = incoming.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    remoteAddress: incoming.socket.remoteAddress,
  }
  authenticate(arrival).then(
    (caller) => response.end(JSON.stringify(caller)),
    (error) => response.writeHead(error.httpStatus ?? 500).end(error.message),
  )
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  port = address.port
  url = `http://127.0.0.1:${port}`
  const [kind] = databasesHere
  database = await kind!.open()
})
afterAll(async () => {
  server.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.query('delete from i2i.api_keys')
  authenticate = createAuthenticate({ keys: createKeyRing({ sql: database, pepper: PEPPER }) })
})

async function ask(headers: Record<string, string> = {}, at = url) {
  const { statusCode, body } = await request(at, { headers })
  return { status: statusCode, text: await body.text() }
}

const local: Caller = {
  tenant: 'local',
  userId: 'local',
  name: 'local',
  scopes: ['jobs:write', 'jobs:read', 'files:write', 'admin'],
  adult: false,
}

describe('without any key', () => {
  it('this machine is let in, by each of its names', async () => {
    for (const at of [url, `http://localhost:${port}`, `http://[::1]:${port}`]) {
      const { status, text } = await ask({}, at)
      expect(status, text).toBe(200)
      expect(JSON.parse(text)).toEqual(local)
    }
  })

  it.each([
    ['the page itself', { origin: '$origin' }],
    ['the page itself, as browsers tell', { 'sec-fetch-site': 'same-origin' }],
    ['an address that was typed', { 'sec-fetch-site': 'none' }],
  ])('so is %s', async (_, headers) => {
    const filled = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('$origin', url),
    ])
    expect((await ask(Object.fromEntries(filled))).status).toBe(200)
  })

  it.each([
    ['a name that was made to point here', { host: 'evil.example:8787' }],
    ['a name that ends like this machine’s', { host: 'localhost.evil.example' }],
    ['a name with another before it', { host: 'evil.example, localhost' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of another port', { origin: 'http://127.0.0.1:3000' }],
    ['a page without an origin', { origin: 'null' }],
    ['a picture in a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a picture in a page of another port', { 'sec-fetch-site': 'same-site' }],
  ])('%s is not', async (_, headers) => {
    const { status, text } = await ask(headers)
    expect(status, text).toBe(403)
    expect(text).toMatch(/^Without a key/)
  })

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'Forwarded',
    'CF-Connecting-IP',
    'CF-Ray',
    'Via',
    'X-Real-IP',
  ])('what a proxy sent on with %s is not', async (name) => {
    const { status, text } = await ask({ [name]: '127.0.0.1' })
    expect(status).toBe(401)
    expect(text).toContain('Make a key with npm run keys -- create')
  })

  it.each(['203.0.113.7', '::ffff:10.0.0.4', '128.0.0.1', '2001:db8::1', '1270.0.0.1', undefined])(
    'another machine is not: %s',
    async (remoteAddress) => {
      const header = (name: string) => (name === 'host' ? 'localhost:8787' : undefined)
      const asking = authenticate({ method: 'GET', header, remoteAddress })
      await expect(asking).rejects.toMatchObject({ code: 'unauthorized' })
    },
  )

  it('a key that was made up opens nothing', async () => {
    const key = `i2i_live_Ab3dE6gH_${'a'.repeat(43)}`
    expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(401)
    const { status, text } = await ask({ authorization: 'Bearer abc.def.ghi' })
    expect([status, text]).toEqual([401, expect.stringContaining('Only API keys are taken here')])
  })

  it('content mode nsfw is granted where the operator says so', async () => {
    const keys = createKeyRing({ sql: database, pepper: PEPPER })
    authenticate = createAuthenticate({ keys, isLocalAdult: true })
    expect(JSON.parse((await ask()).text).adult).toBe(true)
  })
})

describe('with a key', () => {
  it('its caller is let in from anywhere, and nobody without', async () => {
    const { id, text } = await createKey(database, PEPPER, wish)
    const headers = {
      authorization: `Bearer ${text}`,
      'x-forwarded-for': '203.0.113.7',
      host: 'x.example',
    }
    const answer = await ask(headers)
    expect(answer.status, answer.text).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({
      userId: 'ann',
      name: id,
      scopes: ['jobs:read'],
    })
    expect((await ask()).status).toBe(401)
  })

  it.each([
    ['in the apikey header', (key: string) => ({ apikey: key })],
    ['as a password', (key: string) => ({ authorization: `Basic ${btoa(`:${key}`)}` })],
    ['bare', (key: string) => ({ authorization: key })],
    ['twice', (key: string) => ({ authorization: `Bearer ${key} ${key}` })],
    ['at great length', (key: string) => ({ authorization: `Bearer ${key.repeat(150)}` })],
  ])('it is not taken %s', async (_, headersOf) => {
    const { text } = await createKey(database, PEPPER, wish)
    expect((await ask(headersOf(text))).status).toBe(401)
  })

  it('a scope that it lacks is refused by name', () => {
    requireScope({ scopes: ['jobs:read'] }, 'jobs:read')
    const write = () => requireScope({ scopes: ['jobs:read', 'admin'] }, 'jobs:write')
    expect(write).toThrow(Failure)
    expect(write).toThrow('it lacks the scope jobs:write')
  })
})
