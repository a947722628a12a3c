import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { serve } from '../../../platform/fetch/server.case.ts'
import { createProviderHttp } from '../provider-http.ts'
import { createWebhookKeys } from './webhook-keys.ts'

const HOUR = 60 * 60_000
const http = createProviderHttp({ provider: 'fal.ai' })
const pair = generateKeyPairSync('ed25519')
const jwk = pair.publicKey.export({ format: 'jwk' })
const away = { code: 'configuration-invalid' }

/** Publishes what it is told to, counts who asked, and has a clock. */
async function published(start: { readonly status?: number; readonly json?: unknown } = {}) {
  const state = { status: 200, json: { keys: [jwk] } as unknown, ...start, asked: 0, now: 1e12 }
  const server = await serve((_, response) => {
    state.asked++
    response.writeHead(state.status).end(JSON.stringify(state.json))
  })
  const keys = createWebhookKeys({ http, url: `${server.origin}/`, now: () => state.now })
  return Object.assign(server, { state, keys })
}

test('keys are asked for once, by however many at once, and kept for a day', async () => {
  await using there = await published()
  const { keys, state } = there
  const [first] = await Promise.all([keys.known(), keys.known(), keys.known()])
  expect(first).toHaveLength(1)
  state.now += 24 * HOUR - 1
  await keys.known()
  expect(state.asked).toBe(1)
  state.now += 1
  await keys.known()
  expect(state.asked).toBe(2)
})

test('after a day without an answer the old ones are not believed', async () => {
  await using there = await published()
  const { keys, state } = there
  await keys.known()
  state.status = 503
  state.now += 24 * HOUR
  await expect(keys.known()).rejects.toMatchObject(away)
})

test('they are renewed once a minute at most', async () => {
  await using there = await published()
  const { keys, state } = there
  await keys.known()
  expect(await keys.renewed()).toBeUndefined()
  state.now += 60_000
  expect(await keys.renewed()).toHaveLength(1)
  expect(await keys.renewed()).toBeUndefined()
  expect(state.asked).toBe(2)
})

test('while they are away, they are tried again every five seconds', async () => {
  await using there = await published({ status: 500 })
  const { keys, state } = there
  for (let n = 0; n < 3; n++) await expect(keys.known()).rejects.toMatchObject(away)
  expect(state.asked).toBe(1)
  Object.assign(state, { status: 200, now: state.now + 5_000 })
  expect(await keys.known()).toHaveLength(1)
})

test.each<[string, unknown]>([
  ['no keys', { keys: [] }],
  ['keys of another kind', { keys: [{ kty: 'RSA', n: 'x', e: 'AQAB' }] }],
  ['a key of another curve', { keys: [{ ...jwk, crv: 'X25519' }] }],
  ['a damaged key', { keys: [{ ...jwk, x: 'AA' }] }],
  ['no set', 'what is this'],
])('%s: nothing to tell by', async (_, json) => {
  await using there = await published({ json })
  await expect(there.keys.known()).rejects.toMatchObject(away)
})

test('a damaged key does not spoil the others', async () => {
  await using there = await published({ json: { keys: [{ ...jwk, x: 'AA' }, null, jwk] } })
  expect(await there.keys.known()).toHaveLength(1)
})
