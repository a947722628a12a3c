import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderOf, referenceOf } from '../order.case.ts'
import { patienceWith } from '../patience.case.ts'
import { atLeastMs } from '../retry-after.ts'
import { stubModels } from './model-schemas.case.ts'
import { createReplicate, type ReplicateOptions } from './replicate.ts'
import { type ReplicateStub, replicateStub } from './replicate-stub.case.ts'
import type { Fault } from './stub-faults.case.ts'

let stub: ReplicateStub
beforeEach(async () => {
  stub = await replicateStub()
})
afterEach(() => stub[Symbol.asyncDispose]())

const { signal } = new AbortController()
const webhookUrl = 'http://127.0.0.1:9/webhooks/replicate/a-token-of-the-attempt'
const options = { webhookUrl: undefined, remainingMs: 60_000, signal }

const replicate = (wish: Partial<ReplicateOptions> = {}) =>
  createReplicate({
    baseUrl: stub.baseUrl,
    token: stub.token,
    model: 'stability-ai/sdxl',
    contentModes: ['sfw'],
    ...wish,
  })
const versionOf = (name: string) => stubModels[name]?.version ?? name
const sent = () => JSON.parse(stub.creates.at(-1)?.bytes.toString() ?? 'null')
const thrown = async (promise: Promise<unknown>) => await promise.catch((error: unknown) => error)

/** Looks until it is over. */
async function endOf(provider: ReturnType<typeof replicate>, ref: string) {
  for (;;) {
    const state = await provider.look(ref, signal)
    if (state.kind !== 'waiting' && state.kind !== 'running') return state
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('submit', () => {
  test('sends one prediction of the newest version, with how long it may take and where to call back', async () => {
    const provider = replicate({ now: () => 0 })
    const ref = await provider.submit(orderOf(), { ...options, webhookUrl, remainingMs: 61_999 })
    expect(stub.predictions.has(ref)).toBe(true)
    expect(sent()).toMatchObject({
      version: versionOf('stability-ai/sdxl'),
      webhook: webhookUrl,
      webhook_events_filter: ['completed'],
    })
    expect(stub.creates[0]?.headers['cancel-after']).toBe('61s')
    expect(stub.creates).toHaveLength(1)
  })

  test('gives it five seconds at least, as Replicate demands', async () => {
    await replicate().submit(orderOf(), { ...options, remainingMs: 1_200 })
    expect(stub.creates[0]?.headers['cancel-after']).toBe('5s')
  })

  test('asks what the model takes once, for however many', async () => {
    const provider = replicate()
    await Promise.all([1, 2, 3].map(() => provider.submit(orderOf(), options)))
    expect(stub.asked.filter((call) => call.includes('/models/'))).toHaveLength(1)
  })

  const [sdxl, rv51] = ['stability-ai/sdxl', 'lucataco/realistic-vision-v5.1'].map(versionOf)
  test.each([
    ['stability-ai/sdxl', 'predictions', sdxl],
    [`stability-ai/sdxl:${sdxl}`, 'predictions', sdxl],
    [`${rv51}`, 'predictions', rv51],
    ['bytedance/seedream-4.5', 'predictions', 'bytedance/seedream-4.5'],
    ['deployments/acme/prod', 'deployments/acme/prod/predictions', undefined],
  ])('REPLICATE_MODEL=%s', async (model, path, version) => {
    const provider = replicate({ model })
    const ref = await provider.submit(orderOf({ mode: 'txt2img' }), options)
    expect(stub.creates[0]?.path).toBe(`/v1/${path}`)
    expect(sent().version).toBe(version)
    expect(await endOf(provider, ref)).toMatchObject({ kind: 'done' })
  })

  test('a reference of the right size goes by its address, and is not uploaded', async () => {
    const reference = referenceOf({ url: 'https://files.example.com/a.png?token=x' })
    await replicate().submit(orderOf({ reference, size: { width: 1024, height: 1024 } }), options)
    expect(sent().input.image).toBe('https://files.example.com/a.png?token=x')
    expect(stub.files.size).toBe(0)
  })

  test.each([
    ['of another size', { url: 'https://files.example.com/a.png' }, { width: 832, height: 1216 }],
    ['that nobody can fetch', {}, { width: 1024, height: 1024 }],
  ])('a reference %s is uploaded as it must be', async (_, wish, size) => {
    await replicate().submit(orderOf({ reference: referenceOf(wish), size }), options)
    const [file] = [...stub.files]
    expect(sent().input.image).toBe(`${stub.baseUrl}/files/${file?.[0]}`)
    expect(file?.[1].readUInt32BE(16)).toBe(size.width)
    expect(file?.[1].readUInt32BE(20)).toBe(size.height)
    expect(file?.[1].subarray(-8).toString('latin1')).toMatch('IEND')
  })

  test.each([
    ['modify', { width: 896, height: 1152 }],
    ['copy', { width: 904, height: 1160 }],
  ] as const)('a phone’s photo in %s comes down to what SDXL draws', async (mode, size) => {
    const reference = referenceOf({ url: 'https://x.example/a.jpg', width: 234, height: 300 })
    await replicate().submit(orderOf({ mode, reference }), options)
    expect(sent().input).toMatchObject(size)
    expect([...stub.files.values()][0]?.readUInt32BE(16)).toBe(size.width)
  })

  test('Seedream gets all references', async () => {
    const provider = replicate({ model: 'bytedance/seedream-4.5' })
    const further = [referenceOf({ url: 'https://files.example.com/2.png' }), referenceOf()]
    await provider.submit(orderOf({ furtherReferences: further }), options)
    const [file] = [...stub.files.keys()].slice(-1)
    expect(sent().input.image_input).toHaveLength(3)
    expect(sent().input.image_input.slice(1)).toEqual([
      'https://files.example.com/2.png',
      `${stub.baseUrl}/files/${file}`,
    ])
  })

  test('what a model says of itself decides over what the table says of it', async () => {
    const provider = replicate({ model: 'somebody/finetune', strength: 'reference' })
    await provider.prepare()
    const order = orderOf({ asked: { denoiseStrength: 0.2, scheduler: 'dpmpp_2m_karras' } })
    expect(provider.fit(order)).toEqual({ fits: true, notes: [] })
    await provider.submit(order, options)
    expect(sent().input).toMatchObject({ denoise: 0.8, sampler_name: 'DPM++ 2M Karras', steps: 25 })
  })

  test.each<[Fault, string, number]>([
    ['throttled', 'provider-throttled', 7_000],
    ['throttled-in-words', 'provider-throttled', 30_000],
    ['throttled-in-old-words', 'provider-throttled', 12_000],
    ['throttled-mutely', 'provider-throttled', 0],
    ['unauthenticated', 'provider-denied', 0],
    ['no-credit', 'provider-denied', 0],
    ['forbidden', 'provider-denied', 0],
    ['missing', 'provider-failed', 0],
    ['invalid', 'provider-failed', 0],
    ['filtered', 'provider-refused-content', 0],
    ['internal', 'provider-unavailable', 0],
    ['unavailable', 'provider-unavailable', 0],
    ['gateway-timeout', 'provider-ambiguous', 0],
    ['reset', 'provider-ambiguous', 0],
    ['reset-taken', 'provider-ambiguous', 0],
    ['silent', 'provider-ambiguous', 0],
    ['silent-taken', 'provider-ambiguous', 0],
    ['malformed', 'provider-ambiguous', 0],
  ])('%s is %s, after one POST', async (fault, code, wait) => {
    stub.next({ create: fault })
    const signal = patienceWith(stub, { fault, call: 'POST /v1/predictions' })
    const failure = await thrown(replicate().submit(orderOf(), { ...options, signal }))
    expect(failure).toMatchObject({ code })
    expect(atLeastMs(failure)).toBe(wait)
    expect(String(failure)).not.toMatch(/1920|flagged|unexpected|permission/)
    expect(stub.creates).toHaveLength(1)
  })

  test.each<[Fault, string]>([
    ['throttled', 'provider-throttled'],
    ['unauthenticated', 'provider-denied'],
    ['too-large', 'provider-failed'],
    ['reset', 'provider-unavailable'],
    ['silent', 'provider-unavailable'],
    ['malformed', 'provider-unavailable'],
  ])('an upload that meets %s is %s, and nothing was ordered', async (fault, code) => {
    stub.fail('files', fault)
    const signal = patienceWith(stub, { fault, call: 'POST /v1/files' })
    const failure = await thrown(replicate().submit(orderOf(), { ...options, signal }))
    expect(failure).toMatchObject({ code })
    expect(stub.creates).toHaveLength(0)
  })

  test('a model that is not there is the operator’s to mend, and is asked for again', async () => {
    const provider = replicate({ model: 'acme/gone' })
    for (let n = 0; n < 2; n++) {
      const failure = await thrown(provider.submit(orderOf(), options))
      expect(failure).toMatchObject({ code: 'provider-failed' })
      expect(String(failure)).toMatch('Check REPLICATE_MODEL')
    }
    expect(stub.asked).toEqual(['GET /v1/models/acme/gone', 'GET /v1/models/acme/gone'])
  })

  test('a version that was taken away is looked up anew before the next job', async () => {
    const provider = replicate()
    stub.next({ create: 'missing' })
    await thrown(provider.submit(orderOf(), options))
    await provider.submit(orderOf(), options)
    expect(stub.asked.filter((call) => call === 'GET /v1/models/stability-ai/sdxl')).toHaveLength(2)
  })

  test('a connection that is refused is provider-unavailable', async () => {
    const provider = replicate({ model: 'ab'.repeat(32), baseUrl: 'http://127.0.0.1:1/v1' })
    expect(await thrown(provider.submit(orderOf({ mode: 'txt2img' }), options))).toMatchObject({
      code: 'provider-unavailable',
    })
  })

  test('a name that is none is refused at the start', () => {
    expect(() => replicate({ model: 'sdxl' })).toThrow('REPLICATE_MODEL is "sdxl"')
  })
})

describe('fit', () => {
  test('a content mode must be listed', () => {
    const nsfw = orderOf({ job: { contentMode: 'nsfw' } })
    expect(replicate().fit(nsfw)).toMatchObject({
      fits: false,
      reason: expect.stringMatching('nsfw'),
    })
    expect(replicate({ contentModes: ['sfw', 'nsfw'] }).fit(nsfw)).toMatchObject({ fits: true })
  })

  test('what it says without asking anybody is what submit does', async () => {
    const provider = replicate()
    const order = orderOf({ mode: 'copy' })
    const notes = [expect.stringMatching('20 steps are planned instead of 15')]
    expect(provider.fit(order)).toMatchObject({ fits: true, notes })
    expect(stub.asked).toEqual([])
    await provider.submit(order, options)
    expect(sent().input).toMatchObject({ num_inference_steps: 20, prompt_strength: 0.05 })
  })

  test('what it does not fit is not sent either', async () => {
    const provider = replicate({ model: 'somebody/finetune' })
    expect(provider.fit(orderOf())).toMatchObject({ fits: false })
    const failure = await thrown(provider.submit(orderOf(), options))
    expect(failure).toMatchObject({ code: 'provider-failed' })
    expect(stub.creates).toHaveLength(0)
  })
})
