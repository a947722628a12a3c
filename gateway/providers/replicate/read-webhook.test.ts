import { describe, expect, test } from 'vitest'
import { standardSignature } from '../../../platform/webhook/sign.ts'
import { readWebhook } from './read-webhook.ts'

const secret = `whsec_${Buffer.from('a key of twenty-four byte').toString('base64')}`
const other = `whsec_${Buffer.from('another key of that length').toString('base64')}`
const sent = 1_800_000_000_000
const text = JSON.stringify({ id: 'pred1', status: 'succeeded', output: 'https://x' })

const call = (secrets = [secret], body = text) => ({
  headers: standardSignature(text, { id: 'msg_1', now: sent, secrets }),
  body: Buffer.from(body),
})
const at = (now: number, secrets = [secret]) => ({ secrets, now: () => now })
const code = (code: string) => expect.objectContaining({ code })

test('what Replicate signed is known by its event and its prediction', () => {
  expect(readWebhook(call(), at(sent))).toEqual({ eventId: 'msg_1', ref: 'pred1' })
})

test('while a secret is replaced, either serves, of theirs and of ours', () => {
  const known = { eventId: 'msg_1', ref: 'pred1' }
  expect(readWebhook(call([other, secret]), at(sent))).toEqual(known)
  expect(readWebhook(call([secret]), at(sent, [other, secret]))).toEqual(known)
})

test('five minutes are the limit, both ways', () => {
  for (const skew of [300_000, -300_000]) {
    expect(readWebhook(call(), at(sent + skew)).ref).toBe('pred1')
    expect(() => readWebhook(call(), at(sent + skew * 1.01))).toThrow(code('unauthorized'))
  }
})

describe('it is refused', () => {
  const { headers, body } = call()
  test.each<[string, Parameters<typeof readWebhook>[0]]>([
    ['with another body', call([secret], text.replace('pred1', 'pred2'))],
    ['with another’s signature', call([other])],
    ['with half a signature', { headers: { ...headers, 'webhook-signature': 'v1,AAAA' }, body }],
    [
      'with a scheme of tomorrow',
      { headers: { ...headers, 'webhook-signature': 'v2,AAAA' }, body },
    ],
    ['with another id', { headers: { ...headers, 'webhook-id': 'msg_2' }, body }],
    ['with another time', { headers: { ...headers, 'webhook-timestamp': '1800000001' }, body }],
    ['with a time that is none', { headers: { ...headers, 'webhook-timestamp': 'now' }, body }],
    ['without headers', { headers: {}, body }],
  ])('%s', (_, forged) => {
    expect(() => readWebhook(forged, at(sent))).toThrow(code('unauthorized'))
  })
})

test('without a secret nothing is believed, signed or not', () => {
  expect(() => readWebhook(call(), at(sent, []))).toThrow(code('configuration-invalid'))
  expect(() => readWebhook(call(), at(sent, ['whsec_']))).toThrow(code('configuration-invalid'))
})

test('what is signed and no prediction is unreadable', () => {
  for (const body of ['{"id":', '{}', '']) {
    const headers = standardSignature(body, { id: 'm', now: sent, secrets: [secret] })
    expect(() => readWebhook({ headers, body: Buffer.from(body) }, at(sent))).toThrow(
      code('request-unreadable'),
    )
  }
})
