import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderOf, referenceOf } from '../order.case.ts'
import { patienceWith } from '../patience.case.ts'
import { atLeastMs } from '../retry-after.ts'
import { createFal, type FalOptions } from './fal.ts'
import { type FalStub, falStub } from './fal-stub.case.ts'
import type { Fault } from './stub-faults.case.ts'

let stub: FalStub
beforeEach(async () => {
  stub = await falStub()
})
afterEach(() => stub[Symbol.asyncDispose]())

const { signal } = new AbortController()
const webhookUrl = 'http://127.0.0.1:9/webhooks/fal/a-token-of-the-attempt?a=1&b=2'
const options = { webhookUrl: undefined, remainingMs: 120_000, signal }
const seedream = 'fal-ai/bytedance/seedream/v4.5/edit'

const fal = (wish: Partial<FalOptions> = {}) => {
  const { baseUrl, restUrl, key } = stub
  return createFal({ baseUrl, restUrl, key, contentModes: ['sfw'], ...wish })
}
const sent = () => JSON.parse(stub.submits.at(-1)?.bytes.toString() ?? 'null')
const thrown = async (promise: Promise<unknown>) => await promise.catch((error: unknown) => error)

describe('submit', () => {
  test('sends one request, with how long it may wait, where to call back and when to forget', async () => {
    const provider = fal({ now: () => 0 })
    const ref = await provider.submit(orderOf(), { ...options, webhookUrl, remainingMs: 121_999 })
    const [request] = [...stub.requests.values()]
    expect(ref).toBe(`fal-ai/fast-sdxl/requests/${request?.id}`)
    expect(request?.webhook).toBe(webhookUrl)
    const [submit] = stub.submits
    expect(submit?.path).toBe('/fal-ai/fast-sdxl/image-to-image')
    expect(submit?.headers).toMatchObject({
      authorization: `Key ${stub.key}`,
      'x-fal-request-timeout': '121',
      'x-fal-object-lifecycle-preference': '{"expiration_duration_seconds":86400}',
    })
    expect(submit?.headers).not.toHaveProperty('x-fal-no-retry')
    expect(stub.submits).toHaveLength(1)
  })

  test.each([
    [59_000, '59', '1'],
    [60_000, '60', undefined],
    [300, '2', '1'],
  ])('with %d ms left it must start within %s s', async (remainingMs, seconds, noRetry) => {
    await fal({ now: () => 0 }).submit(orderOf(), { ...options, remainingMs })
    const headers = stub.submits[0]?.headers
    expect(headers?.['x-fal-request-timeout']).toBe(seconds)
    expect(headers?.['x-fal-no-retry']).toBe(noRetry)
  })

  test.each(['foreign', 'none', 'unusual'] as const)(
    'is asked after where it should be when the addresses are %s, with our key at no other host',
    async (addresses) => {
      stub.next({ addresses })
      const provider = fal()
      const ref = await provider.submit(orderOf(), options)
      await expect
        .poll(async () => (await provider.look(ref, signal)).kind, { interval: 5 })
        .toBe('done')
      expect(ref).not.toMatch('evil')
    },
  )

  test('a reference of the right size goes by its address, and is not uploaded', async () => {
    const reference = referenceOf({ url: 'https://files.example.com/a.png?token=x' })
    await fal().submit(orderOf({ reference, size: { width: 1024, height: 1024 } }), options)
    expect(sent()).toMatchObject({
      image_url: 'https://files.example.com/a.png?token=x',
      image_size: { width: 1024, height: 1024 },
    })
    expect(stub.files.size).toBe(0)
  })

  test.each([
    ['of another size', { url: 'https://files.example.com/a.png' }, { width: 832, height: 1216 }],
    ['that nobody can fetch', {}, { width: 1024, height: 1024 }],
  ])('a reference %s is uploaded as it must be, without our key', async (_, wish, size) => {
    await fal().submit(orderOf({ reference: referenceOf(wish), size }), options)
    const [[name, file] = []] = [...stub.files]
    expect(sent()).toMatchObject({ image_url: `${stub.origin}/files/${name}`, image_size: size })
    expect(file?.readUInt32BE(16)).toBe(size.width)
    expect(file?.readUInt32BE(20)).toBe(size.height)
  })

  test.each([
    ['modify', undefined, { width: 896, height: 1152 }],
    ['copy', undefined, { width: 896, height: 1152 }],
    ['modify', { width: 1000, height: 840 }, { width: 992, height: 832 }],
  ] as const)('in %s at %j the reference has sides of 32', async (mode, size, wanted) => {
    const reference = referenceOf({ url: 'https://x.example/a.jpg', width: 234, height: 300 })
    await fal().submit(orderOf({ mode, reference, size }), options)
    expect(sent()).toMatchObject({ image_size: wanted })
    expect([...stub.files.values()][0]?.readUInt32BE(16)).toBe(wanted.width)
  })

  test('Seedream gets all references, the composition first', async () => {
    const furtherReferences = [referenceOf({ url: 'https://x.example/2.png' }), referenceOf()]
    const reference = referenceOf({ url: 'https://x.example/1.png' })
    const provider = fal({ modifyApp: seedream })
    const ref = await provider.submit(orderOf({ reference, furtherReferences }), options)
    const [file] = [...stub.files.keys()]
    expect(sent().image_urls).toEqual([
      'https://x.example/1.png',
      'https://x.example/2.png',
      `${stub.origin}/files/${file}`,
    ])
    expect(ref).toMatch(/^fal-ai\/bytedance\/requests\//)
  })

  test('txt2img needs no reference', async () => {
    const size = { width: 1216, height: 832 }
    await fal().submit(orderOf({ mode: 'txt2img', size }), options)
    expect(stub.asked).toEqual(['POST /fal-ai/fast-sdxl'])
    expect(sent()).toMatchObject({ image_size: size })
  })

  test.each<[Fault, string, number]>([
    ['throttled', 'provider-throttled', 7_000],
    ['throttled-mutely', 'provider-throttled', 0],
    ['unauthenticated', 'provider-denied', 0],
    ['no-credit', 'provider-denied', 0],
    ['locked', 'provider-denied', 0],
    ['missing', 'provider-failed', 0],
    ['invalid', 'provider-failed', 0],
    ['too-large', 'provider-failed', 0],
    ['filtered', 'provider-refused-content', 0],
    ['filtered-in-words', 'provider-refused-content', 0],
    ['internal', 'provider-unavailable', 0],
    ['unavailable', 'provider-unavailable', 0],
    ['no-runner', 'provider-unavailable', 0],
    ['retryable', 'provider-unavailable', 0],
    ['out-of-time', 'deadline-expired', 0],
    ['gateway-timeout', 'provider-ambiguous', 0],
    ['reset', 'provider-ambiguous', 0],
    ['reset-taken', 'provider-ambiguous', 0],
    ['silent', 'provider-ambiguous', 0],
    ['silent-taken', 'provider-ambiguous', 0],
    ['malformed', 'provider-ambiguous', 0],
  ])('%s is %s, after one POST', async (fault, code, wait) => {
    stub.next({ submit: fault })
    const signal = patienceWith(stub, { fault, call: 'POST /fal-ai/fast-sdxl' })
    const failure = await thrown(fal().submit(orderOf({ mode: 'txt2img' }), { ...options, signal }))
    expect(failure).toMatchObject({ code })
    expect(atLeastMs(failure)).toBe(wait)
    expect(String(failure)).not.toMatch(/unexpected|flagged|0\.05|dashboard|NSFW/)
    expect(stub.submits).toHaveLength(1)
  })

  test.each<['initiate' | 'upload', Fault, string]>([
    ['initiate', 'throttled', 'provider-throttled'],
    ['initiate', 'unauthenticated', 'provider-denied'],
    ['initiate', 'too-large', 'provider-failed'],
    ['initiate', 'reset', 'provider-unavailable'],
    ['initiate', 'silent', 'provider-unavailable'],
    ['initiate', 'malformed', 'provider-unavailable'],
    ['upload', 'locked', 'provider-unavailable'],
    ['upload', 'reset', 'provider-unavailable'],
    ['upload', 'unavailable', 'provider-unavailable'],
  ])('%s that meets %s is %s, and nothing was ordered', async (kind, fault, code) => {
    stub.fail(kind, fault)
    const signal = patienceWith(stub, { fault, call: 'POST /storage/upload/initiate' })
    expect(await thrown(fal().submit(orderOf(), { ...options, signal }))).toMatchObject({ code })
    expect(stub.submits).toHaveLength(0)
  })

  test('a connection that is refused is provider-unavailable', async () => {
    const provider = fal({ baseUrl: 'http://127.0.0.1:1' })
    const submitted = provider.submit(orderOf({ mode: 'txt2img' }), options)
    expect(await thrown(submitted)).toMatchObject({ code: 'provider-unavailable' })
  })

  test('what does not fit is not sent either', async () => {
    const order = orderOf({ mode: 'copy', asked: { denoiseStrength: 0.02 } })
    expect(fal().fit(order)).toMatchObject({ fits: false })
    expect(await thrown(fal().submit(order, options))).toMatchObject({ code: 'provider-failed' })
    expect(stub.asked).toEqual([])
  })

  test('without a list to look in, nothing is found', async () => {
    stub.next({ submit: 'reset-taken' })
    const provider = fal()
    await thrown(provider.submit(orderOf(), { ...options, webhookUrl }))
    expect(await provider.find({ since: new Date(0), webhookUrl }, signal)).toBeUndefined()
    expect(stub.submits).toHaveLength(1)
  })
})

describe('fit', () => {
  test('a content mode must be listed', () => {
    const nsfw = orderOf({ job: { contentMode: 'nsfw' } })
    const reason = expect.stringMatching('nsfw')
    expect(fal().fit(nsfw)).toEqual({ fits: false, reason })
    expect(fal({ contentModes: ['sfw', 'nsfw'] }).fit(nsfw)).toMatchObject({ fits: true })
  })

  test('what it says without asking anybody is what submit does', async () => {
    const order = orderOf({ mode: 'copy' })
    const fit = fal().fit(order)
    const steps = expect.stringMatching('20 steps are planned instead of 15')
    const sides = expect.stringMatching('multiples of 32')
    expect(fit).toEqual({ fits: true, notes: [steps, sides] })
    expect(stub.asked).toEqual([])
    await fal().submit(order, options)
    expect(sent()).toMatchObject({ num_inference_steps: 20, strength: 0.05 })
  })

  test('an app that is none is refused at the start', () => {
    expect(() => fal({ modifyApp: 'fal-ai/flux/dev' })).toThrow('FAL_MODIFY_APP')
  })
})
