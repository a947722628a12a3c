import { expect, test } from 'vitest'
import { orderOf, referenceOf } from '../order.case.ts'
import { createReplicate } from './replicate.ts'
import { type ReplicateStub, replicateStub } from './replicate-stub.case.ts'

const { signal } = new AbortController()
const urlOf = (token: string) => `http://127.0.0.1:9/webhooks/replicate/${token}`
const since = new Date(Date.now() - 1_000)
const order = orderOf({ reference: referenceOf({ url: 'https://files.example.com/a.png' }) })

const replicate = ({ baseUrl, token }: ReplicateStub, own = token) =>
  createReplicate({
    baseUrl,
    token: own,
    model: 'stability-ai/sdxl',
    contentModes: ['sfw'],
  })

/** Submits and loses the answer. */
async function lose(provider: ReturnType<typeof replicate>, token: string) {
  const options = { webhookUrl: urlOf(token), remainingMs: 60_000, signal }
  await expect(provider.submit(order, options)).rejects.toMatchObject({
    code: 'provider-ambiguous',
  })
}

test('what was taken is found by its webhook, pages later, by a process that did not send it', async () => {
  await using stub = await replicateStub()
  stub.next({ create: 'reset-taken', webhook: 'never' })
  await lose(replicate(stub), 'lost')
  const [ref] = stub.predictions.keys()
  for (const token of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
    const options = { webhookUrl: urlOf(token), remainingMs: 60_000, signal }
    stub.next({ webhook: 'never' })
    await replicate(stub).submit(order, options)
  }
  expect(await replicate(stub).find({ since, webhookUrl: urlOf('lost') }, signal)).toBe(ref)
  expect(stub.asked.filter((call) => call === 'GET /v1/predictions')).toHaveLength(3)
  expect(await replicate(stub).find({ since, webhookUrl: urlOf('never') }, signal)).toBeUndefined()
  expect(await replicate(stub).find({ since, webhookUrl: undefined }, signal)).toBeUndefined()
})

test('what was not taken is not found', async () => {
  await using stub = await replicateStub()
  stub.next({ create: 'reset' })
  const provider = replicate(stub)
  await lose(provider, 'lost')
  expect(await provider.find({ since, webhookUrl: urlOf('lost') }, signal)).toBeUndefined()
})

test('where lists say no webhooks, the very inputs tell, and two of them do not', async () => {
  await using stub = await replicateStub({ showsWebhook: false })
  stub.next({ create: 'malformed', webhook: 'never' }, { create: 'reset-taken', webhook: 'never' })
  const provider = replicate(stub)
  await lose(provider, 'lost')
  const [ref] = stub.predictions.keys()
  const sought = { since, webhookUrl: urlOf('lost') }
  expect(await replicate(stub).find(sought, signal)).toBeUndefined()
  expect(await provider.find(sought, signal)).toBe(ref)
  await lose(provider, 'lost')
  expect(await provider.find(sought, signal)).toBeUndefined()
})

test('what was made long before is not it', async () => {
  await using stub = await replicateStub()
  stub.next({ create: 'reset-taken', webhook: 'never' })
  const provider = replicate(stub)
  await lose(provider, 'lost')
  const later = new Date(Date.now() + 120_000)
  expect(await provider.find({ since: later, webhookUrl: urlOf('lost') }, signal)).toBeUndefined()
})

test('a list that cannot be had is no list', async () => {
  await using stub = await replicateStub()
  stub.fail('list', 'unavailable')
  stub.fail('list', 'throttled')
  const sought = { since, webhookUrl: urlOf('lost') }
  const provider = replicate(stub)
  await expect(provider.find(sought, signal)).rejects.toMatchObject({
    code: 'provider-unavailable',
  })
  await expect(provider.find(sought, signal)).rejects.toMatchObject({ code: 'provider-throttled' })
  const stranger = replicate(stub, 'r8_wrong')
  await expect(stranger.find(sought, signal)).rejects.toMatchObject({ code: 'provider-denied' })
})
