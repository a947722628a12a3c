import { expect, test } from 'vitest'
import { serve } from '../../../platform/fetch/server.case.ts'
import { orderOf } from '../order.case.ts'
import type { WebhookCall } from '../provider.ts'
import { stubModels } from './model-schemas.case.ts'
import { createReplicate } from './replicate.ts'
import { type ReplicateStub, replicateStub } from './replicate-stub.case.ts'
import type { Plan } from './stub-predictions.case.ts'

const { signal } = new AbortController()

const replicate = ({ baseUrl, token, secret }: ReplicateStub) =>
  createReplicate({
    baseUrl,
    token,
    model: 'stability-ai/sdxl',
    contentModes: ['sfw'],
    webhookSecrets: [secret],
  })

/** Longer than a loaded machine takes to hear what is under way. */
const LONG_MS = 500

/** Keeps the webhooks that come. */
async function receiver() {
  const calls: WebhookCall[] = []
  const server = await serve(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
    calls.push({ headers: Object.fromEntries(headers), body: Buffer.concat(chunks) })
    response.writeHead(200).end()
  })
  return Object.assign(server, { calls })
}

async function submitted(plan: Plan, count: number, runMs = 20) {
  await using there = await receiver()
  await using stub = await replicateStub({ lateMs: 60, runMs })
  const provider = replicate(stub)
  stub.next(plan)
  const webhookUrl = `${there.origin}/webhooks/replicate/token`
  const ref = await provider.submit(orderOf(), { webhookUrl, remainingMs: 60_000, signal })
  const before = there.calls.length
  await expect.poll(() => stub.deliveries.length, { interval: 2 }).toBe(count)
  const read = await Promise.all(there.calls.map((call) => provider.readWebhook(call)))
  return { ref, before, read, calls: there.calls, status: stub.predictions.get(ref)?.status }
}

test('a webhook comes once it is over, signed, with the prediction', async () => {
  const { ref, before, read, calls } = await submitted({}, 1, LONG_MS)
  expect(before).toBe(0)
  expect(read).toEqual([{ eventId: expect.stringMatching(/^msg_/), ref }])
  expect(JSON.parse(String(calls[0]?.body))).toMatchObject({ id: ref, status: 'succeeded' })
})

test('twice it is the same event, so that the second is known', async () => {
  const { read } = await submitted({ webhook: 'twice' }, 2)
  expect(read).toHaveLength(2)
  expect(read[0]).toEqual(read[1])
})

test('before the answer of the creation it is there already', async () => {
  const { ref, before, read } = await submitted({ webhook: 'before-answer' }, 1)
  expect(before).toBe(1)
  expect(read[0]?.ref).toBe(ref)
})

test('late it comes after the end', async () => {
  expect((await submitted({ webhook: 'late' }, 1)).read).toHaveLength(1)
})

test('one that never comes has not come when the next job’s does', async () => {
  await using there = await receiver()
  await using stub = await replicateStub({ runMs: 20 })
  const provider = replicate(stub)
  stub.next({ webhook: 'never' })
  const submit = () =>
    provider.submit(orderOf(), { webhookUrl: there.origin, remainingMs: 60_000, signal })
  await submit()
  const next = await submit()
  await expect.poll(() => there.calls.length, { interval: 2 }).toBe(1)
  const [call] = there.calls
  expect(call && (await provider.readWebhook(call)).ref).toBe(next)
})

test('a failure and an end by Cancel-After are told as well', async () => {
  expect((await submitted({ end: 'filtered' }, 1)).status).toBe('failed')
  expect((await submitted({ end: 'aborted' }, 1)).status).toBe('aborted')
})

test('it refuses what Replicate refuses', async () => {
  await using stub = await replicateStub()
  const post = async (body: object, headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${stub.token}`
    const message = {
      method: 'POST',
      headers: { authorization, ...headers },
      body: JSON.stringify(body),
    }
    return (await fetch(`${stub.baseUrl}/predictions`, message)).status
  }
  const version = stubModels['stability-ai/sdxl']?.version
  const input = { prompt: 'x' }
  expect(await post({ version, input })).toBe(201)
  expect(await post({ version, input }, { authorization: 'Bearer r8_other' })).toBe(401)
  expect(await post({ input })).toBe(422)
  expect(await post({ version: 'stability-ai/sdxl', input })).toBe(422)
  expect(await post({ version, input, callback: 'https://x' })).toBe(422)
  expect(await post({ version, input: { ...input, strength: 0.5 } })).toBe(422)
  expect(await post({ version, input: { ...input, guidance_scale: 51 } })).toBe(422)
  expect(await post({ version, input: { ...input, scheduler: 'euler' } })).toBe(422)
  expect(await post({ version, input: { ...input, num_inference_steps: 2.5 } })).toBe(422)
  expect(await post({ version, input }, { 'cancel-after': '3s' })).toBe(422)
})

test('an output that is lost is answered with 404', async () => {
  await using stub = await replicateStub({ queuedMs: 0, runMs: 0 })
  stub.next({ end: 'lost' })
  const provider = replicate(stub)
  const ref = await provider.submit(orderOf(), {
    webhookUrl: undefined,
    remainingMs: 60_000,
    signal,
  })
  await expect.poll(() => stub.predictions.get(ref)?.status, { interval: 2 }).toBe('succeeded')
  const state = await provider.look(ref, signal)
  if (state.kind !== 'done') throw new Error(state.kind)
  expect((await fetch(state.outputs[0] ?? '')).status).toBe(404)
  stub.fail('output', 'unavailable')
  expect((await fetch(state.outputs[0] ?? '')).status).toBe(503)
})
