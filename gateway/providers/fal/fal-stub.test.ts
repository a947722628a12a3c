import { expect, test } from 'vitest'
import { serve } from '../../../platform/fetch/server.case.ts'
import { orderOf } from '../order.case.ts'
import type { WebhookCall } from '../provider.ts'
import { createFal, type FalOptions } from './fal.ts'
import { type FalStub, falStub } from './fal-stub.case.ts'
import type { Plan } from './stub-requests.case.ts'

const { signal } = new AbortController()

const fal = ({ baseUrl, restUrl, key, userId }: FalStub, wish: Partial<FalOptions> = {}) =>
  createFal({ baseUrl, restUrl, key, userId, contentModes: ['sfw'], ...wish })

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
  await using stub = await falStub({ lateMs: 60, runMs })
  const provider = fal(stub)
  stub.next(plan)
  const webhookUrl = `${there.origin}/webhooks/fal/token?of=one&and=more`
  const ref = await provider.submit(orderOf(), { webhookUrl, remainingMs: 120_000, signal })
  const before = there.calls.length
  await expect.poll(() => stub.deliveries.length, { interval: 2 }).toBe(count)
  const read = await Promise.all(there.calls.map((call) => provider.readWebhook(call)))
  const asked = stub.asked.filter((call) => call.endsWith('jwks.json')).length
  const [id = ''] = [...stub.requests.keys()]
  return { id, ref, before, read, calls: there.calls, asked }
}

test('a webhook comes once it is over, signed, with the output', async () => {
  const { id, before, read, calls } = await submitted({}, 1, LONG_MS)
  expect(before).toBe(0)
  expect(read).toEqual([{ eventId: id, ref: id }])
  expect(JSON.parse(String(calls[0]?.body))).toMatchObject({
    request_id: id,
    status: 'OK',
    payload: { images: [{ content_type: 'image/png' }] },
  })
})

test('twice it is the same event, so that the second is known, by keys asked for once', async () => {
  const { read, asked } = await submitted({ webhook: 'twice' }, 2)
  expect(read).toHaveLength(2)
  expect(read[0]).toEqual(read[1])
  expect(asked).toBe(1)
})

test('before the answer of the submission it is there already, and tells the id', async () => {
  const { id, ref, before, read } = await submitted({ webhook: 'before-answer' }, 1)
  expect(before).toBe(1)
  expect(read[0]?.ref).toBe(id)
  expect(ref.endsWith(id)).toBe(true)
})

test('late it comes after the end', async () => {
  expect((await submitted({ webhook: 'late' }, 1)).read).toHaveLength(1)
})

test('one that never comes has not come when the next job’s does', async () => {
  await using there = await receiver()
  await using stub = await falStub({ runMs: 20 })
  const provider = fal(stub)
  stub.next({ webhook: 'never' })
  const submit = () =>
    provider.submit(orderOf(), { webhookUrl: there.origin, remainingMs: 120_000, signal })
  await submit()
  const next = await submit()
  await expect.poll(() => there.calls.length, { interval: 2 }).toBe(1)
  const [call] = there.calls
  expect(next.endsWith(call ? (await provider.readWebhook(call)).ref : 'nothing')).toBe(true)
})

test('a failure is told as well', async () => {
  const { calls } = await submitted({ end: 'refused' }, 1)
  expect(JSON.parse(String(calls[0]?.body))).toMatchObject({
    status: 'ERROR',
    payload: { detail: [{ type: 'content_policy_violation' }] },
  })
})

test('of what was taken and never answered, the webhook tells a name that can be looked at', async () => {
  await using there = await receiver()
  await using stub = await falStub()
  const provider = fal(stub)
  stub.next({ submit: 'reset-taken' })
  const order = { webhookUrl: there.origin, remainingMs: 120_000, signal }
  await expect(provider.submit(orderOf(), order)).rejects.toMatchObject({
    code: 'provider-ambiguous',
  })
  await expect.poll(() => there.calls.length, { interval: 2 }).toBe(1)
  const [call] = there.calls
  if (!call) throw new Error('no webhook')
  const { ref } = await provider.readWebhook(call)
  expect(await provider.look(ref, signal)).toMatchObject({ kind: 'done' })
})

test('a key that was replaced is fetched, a minute later; one that is away is no reason to believe', async () => {
  await using there = await receiver()
  await using stub = await falStub()
  let skew = 0
  const provider = fal(stub, { now: () => Date.now() + skew })
  const submit = () =>
    provider.submit(orderOf(), { webhookUrl: there.origin, remainingMs: 120_000, signal })
  await submit()
  await expect.poll(() => there.calls.length, { interval: 2 }).toBe(1)
  const [first] = there.calls
  if (!first) throw new Error('no webhook')
  stub.fail('jwks', 'unavailable')
  await expect(provider.readWebhook(first)).rejects.toMatchObject({ httpStatus: 503 })
  skew = 10_000
  await provider.readWebhook(first)
  stub.rotateKey()
  await submit()
  await expect.poll(() => there.calls.length, { interval: 2 }).toBe(2)
  const [, second] = there.calls
  if (!second) throw new Error('no webhook')
  await expect(provider.readWebhook(second)).rejects.toMatchObject({ code: 'unauthorized' })
  skew = 80_000
  await provider.readWebhook(second)
  await expect(provider.readWebhook(first)).rejects.toMatchObject({ code: 'unauthorized' })
})

test('another account’s webhook is refused where ours is pinned, and else not', async () => {
  await using there = await receiver()
  await using stub = await falStub()
  const webhookUrl = there.origin
  await fal(stub).submit(orderOf(), { webhookUrl, remainingMs: 120_000, signal })
  await expect.poll(() => there.calls.length, { interval: 2 }).toBe(1)
  const [call] = there.calls
  if (!call) throw new Error('no webhook')
  const pinned = fal(stub, { userId: 'user-else' })
  await expect(pinned.readWebhook(call)).rejects.toMatchObject({ code: 'unauthorized' })
  expect(await fal(stub, { userId: undefined }).readWebhook(call)).toHaveProperty('ref')
})

test('it refuses what fal.ai refuses', async () => {
  await using stub = await falStub()
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const authorization = `Key ${stub.key}`
    const message = {
      method: 'POST',
      headers: { authorization, ...headers },
      body: JSON.stringify(body),
    }
    return (await fetch(`${stub.baseUrl}/${path}`, message)).status
  }
  const [app, prompt] = ['fal-ai/fast-sdxl', 'x']
  const edit = 'fal-ai/bytedance/seedream/v4.5/edit'
  const image_urls = ['https://x.example/1.png']
  const small = { width: 1024, height: 1024 }
  expect(await post(app, { prompt })).toBe(200)
  expect(await post(app, { prompt }, { authorization: `Bearer ${stub.key}` })).toBe(401)
  expect(await post(app, {})).toBe(422)
  expect(await post(app, { prompt, scheduler: 'DDIM' })).toBe(422)
  expect(await post(app, { prompt, num_inference_steps: 66 })).toBe(422)
  expect(await post(app, { prompt }, { 'x-fal-request-timeout': '1' })).toBe(400)
  const image = { prompt, image_url: image_urls[0] }
  expect(await post(`${app}/image-to-image`, { ...image, strength: 0.05 })).toBe(200)
  expect(await post(`${app}/image-to-image`, { ...image, strength: 0.04 })).toBe(422)
  expect(await post(`${app}/image-to-image`, { prompt })).toBe(422)
  expect(await post(edit, { prompt, image_urls })).toBe(200)
  expect(await post(edit, { prompt, image_urls, image_size: small })).toBe(422)
  expect(await post(edit, { prompt, image_urls: [] })).toBe(422)
  expect(await post('fal-ai/flux/dev', { prompt })).toBe(404)
})

test('an output that is lost is answered with 404', async () => {
  await using stub = await falStub({ queuedMs: 0, runMs: 0 })
  stub.next({ end: 'lost' })
  const provider = fal(stub)
  const order = { webhookUrl: undefined, remainingMs: 120_000, signal }
  const ref = await provider.submit(orderOf(), order)
  const states = () => [...stub.requests.values()].map(({ status }) => status)
  await expect.poll(states, { interval: 2 }).toEqual(['COMPLETED'])
  const state = await provider.look(ref, signal)
  if (state.kind !== 'done') throw new Error(state.kind)
  expect((await fetch(state.outputs[0] ?? '')).status).toBe(404)
  stub.fail('output', 'unavailable')
  expect((await fetch(state.outputs[0] ?? '')).status).toBe(503)
})
