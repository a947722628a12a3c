import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract'
import type { WebhookCall } from '../provider.ts'
import { readWebhook } from './read-webhook.ts'
import type { WebhookKeys } from './webhook-keys.ts'

const ours = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const sent = 1_800_000_000_000
const HOUR = 60 * 60_000
const id = '123e4567-e89b-12d3-a456-426614174000'
const text = JSON.stringify({ request_id: id, gateway_request_id: id, status: 'OK', payload: {} })

interface Forgery {
  readonly by?: KeyObject
  readonly user?: string
  readonly body?: string
  readonly at?: number
}

/** Signed as fal.ai signs: over the id, the account, the seconds and the digest of the body. */
function call({ by = ours.privateKey, user = 'user-1', body = text, at = sent }: Forgery = {}) {
  const seconds = String(at / 1000)
  const digest = createHash('sha256').update(body).digest('hex')
  const message = Buffer.from(`${id}\n${user}\n${seconds}\n${digest}`)
  const headers = {
    'x-fal-webhook-request-id': id,
    'x-fal-webhook-user-id': user,
    'x-fal-webhook-timestamp': seconds,
    'x-fal-webhook-signature': sign(null, message, by).toString('hex'),
  }
  return { headers, body: Buffer.from(body) } satisfies WebhookCall
}

const keysOf = (known: readonly KeyObject[], renewed?: readonly KeyObject[]): WebhookKeys => ({
  known: async () => known,
  renewed: async () => renewed,
})
const at = (now: number, keys = keysOf([ours.publicKey]), userId?: string) => ({
  keys,
  userId,
  now: () => now,
})

test('what fal.ai signed is known by its event and its request', async () => {
  expect(await readWebhook(call(), at(sent))).toEqual({ eventId: id, ref: id })
})

/** Signed in Python by the formulas of RFC 8032, with the key of its section 7.1, test 1. */
test('the signature is that of another implementation', async () => {
  const published = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
  const x = Buffer.from(published, 'hex').toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const body = `{"request_id":"${id}","status":"OK","payload":{"images":[]}}`
  const signature =
    '01225e0341778ecb7d70112745852ab6e173dfcf1d391d3b9b60833cab11bc74' +
    '446d58802153d8b7bce56b68931c26e7f9b9e11f7a8261898fbdc7802d51fe05'
  const headers = { ...call().headers, 'x-fal-webhook-signature': signature }
  const read = readWebhook({ headers, body: Buffer.from(body) }, at(sent, keysOf([key])))
  expect((await read).ref).toBe(id)
})

test('five minutes are the limit, both ways', async () => {
  for (const skew of [300_000, -300_000]) {
    expect((await readWebhook(call(), at(sent + skew))).ref).toBe(id)
    const late = readWebhook(call(), at(sent + skew + Math.sign(skew) * 1_000))
    await expect(late).rejects.toMatchObject({ code: 'unauthorized' })
  }
})

test('any of the keys serves, and one that replaced another after they were asked for', async () => {
  const [one, two] = [other.publicKey, ours.publicKey]
  expect((await readWebhook(call(), at(sent, keysOf([one, two])))).ref).toBe(id)
  expect((await readWebhook(call(), at(sent, keysOf([one], [two])))).ref).toBe(id)
})

test('a pinned account is the only one', async () => {
  const keys = keysOf([ours.publicKey])
  expect((await readWebhook(call(), at(sent, keys, 'user-1'))).ref).toBe(id)
  const another = readWebhook(call({ user: 'user-2' }), at(sent, keys, 'user-1'))
  await expect(another).rejects.toMatchObject({ code: 'unauthorized' })
})

describe('it is refused', () => {
  const { headers, body } = call()
  const withHeader = (name: string, value: string) => ({
    headers: { ...headers, [name]: value },
    body,
  })
  const flipped = Buffer.from(body)
  flipped[5] = (flipped[5] ?? 0) ^ 1
  test.each<[string, WebhookCall]>([
    ['with one bit of the body changed', { headers, body: flipped }],
    ['with another’s signature', call({ by: other.privateKey })],
    ['with half a signature', withHeader('x-fal-webhook-signature', 'ab'.repeat(32))],
    ['with a signature that is no hex', withHeader('x-fal-webhook-signature', 'zz'.repeat(64))],
    ['with another id', withHeader('x-fal-webhook-request-id', 'x')],
    ['with another account', withHeader('x-fal-webhook-user-id', 'user-2')],
    ['with another time', withHeader('x-fal-webhook-timestamp', '1800000001')],
    ['with a time that is none', withHeader('x-fal-webhook-timestamp', 'now')],
    ['without headers', { headers: {}, body }],
  ])('%s', async (_, forged) => {
    const read = readWebhook(forged, at(sent))
    await expect(read).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

test('while the keys are away nothing is believed, and it is to come again', async () => {
  const away = new Failure('configuration-invalid', 'x')
  const keys = { known: () => Promise.reject(away), renewed: () => Promise.reject(away) }
  await expect(readWebhook(call(), at(sent, keys))).rejects.toMatchObject({ httpStatus: 503 })
})

test('what is not signed, or long ago, or another’s, does not make us ask for keys', async () => {
  const keys = {
    known: () => Promise.reject(new Error('asked')),
    renewed: () => Promise.reject(new Error('asked')),
  }
  const unsigned = { headers: {}, body: Buffer.from(text) }
  for (const [one, now, user] of [
    [unsigned, sent, undefined],
    [call(), sent + HOUR, undefined],
    [call(), sent, 'user-2'],
  ] as const) {
    const read = readWebhook(one, at(now, keys, user))
    await expect(read).rejects.toMatchObject({ code: 'unauthorized' })
  }
})
test('what is signed and tells of no request is unreadable', async () => {
  for (const body of ['{"request_id":', '{}', '', '{"request_id":"../a"}']) {
    const read = readWebhook(call({ body }), at(sent))
    await expect(read).rejects.toMatchObject({ code: 'request-unreadable' })
  }
})
