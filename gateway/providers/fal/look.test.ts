import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderOf, referenceOf } from '../order.case.ts'
import { patienceWith } from '../patience.case.ts'
import { atLeastMs } from '../retry-after.ts'
import { createFal, type FalOptions } from './fal.ts'
import { type FalStub, falStub } from './fal-stub.case.ts'
import type { Ending } from './stub-endings.case.ts'
import type { Fault } from './stub-faults.case.ts'

let stub: FalStub
beforeEach(async () => {
  stub = await falStub()
})
afterEach(() => stub[Symbol.asyncDispose]())

const { signal } = new AbortController()
const options = { webhookUrl: undefined, remainingMs: 120_000, signal }
const reference = referenceOf({ url: 'https://x.example/1.png' })

const fal = (wish: Partial<FalOptions> = {}) => {
  const { baseUrl, restUrl, key } = stub
  return createFal({ baseUrl, restUrl, key, contentModes: ['sfw'], ...wish })
}
const thrown = async (promise: Promise<unknown>) => await promise.catch((error: unknown) => error)

/** Looks until it is over. */
async function endOf(provider: ReturnType<typeof fal>, ref: string) {
  for (;;) {
    const state = await provider.look(ref, signal)
    if (state.kind !== 'waiting' && state.kind !== 'running') return state
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('look', () => {
  test('waiting, running, done with pictures that can be had', async () => {
    stub.next({ end: 'stuck' }, { end: 'endless' })
    const prices = { 'fal-ai/fast-sdxl': { microsPerSecond: 1000, microsPerImage: 10 } }
    const provider = fal({ prices })
    const waiting = await provider.submit(orderOf(), options)
    expect(await provider.look(waiting, signal)).toEqual({ kind: 'waiting' })
    const running = await provider.submit(orderOf(), options)
    const states = () => [...stub.requests.values()].map(({ status }) => status)
    await expect.poll(states, { interval: 2 }).toEqual(['IN_QUEUE', 'IN_PROGRESS'])
    expect(await provider.look(running, signal)).toEqual({ kind: 'running' })
    const ref = await provider.submit(orderOf({ asked: { images: 2, seed: 77 } }), options)
    const state = await endOf(provider, ref)
    const outputs = [0, 1].map((n) => `${stub.origin}/media/${ref.split('/').at(-1)}/out-${n}.png`)
    expect(state).toEqual({ kind: 'done', outputs, seed: 77, costMicros: 2520 })
    const picture = await fetch(outputs[0] ?? '')
    expect(picture.headers.get('content-type')).toBe('image/png')
  })

  test.each([
    ['fal-ai/bytedance/seedream/v4/edit', { seed: 77, costMicros: 40_000 }],
    ['fal-ai/bytedance/seedream/v4.5/edit', { costMicros: 40_000 }],
  ])('%s', async (modifyApp, told) => {
    const prices = { 'fal-ai/bytedance': { microsPerImage: 40_000 } }
    const provider = fal({ modifyApp, prices })
    const ref = await provider.submit(orderOf({ reference, asked: { seed: 77 } }), options)
    const outputs = [expect.stringMatching(/out-0\.png$/)]
    expect(await endOf(provider, ref)).toEqual({ kind: 'done', outputs, ...told })
  })

  test.each<[Ending, string]>([
    ['blacked-out', 'provider-refused-content'],
    ['refused', 'provider-refused-content'],
    ['refused-in-status', 'provider-refused-content'],
    ['failed-in-status', 'provider-unavailable'],
    ['reference-too-large', 'provider-failed'],
    ['reference-not-fetched', 'provider-unavailable'],
    ['runner-lost', 'provider-unavailable'],
    ['startup-timeout', 'provider-unavailable'],
    ['out-of-time', 'deadline-expired'],
    ['crashed', 'provider-failed'],
    ['crashed-mutely', 'provider-failed'],
    ['empty', 'provider-failed'],
    ['forgotten', 'provider-output-lost'],
  ])('%s has failed: %s', async (end, code) => {
    stub.next({ end })
    const provider = fal()
    const state = await endOf(provider, await provider.submit(orderOf({ reference }), options))
    expect(state).toMatchObject({ kind: 'failed', failure: { code } })
    expect(JSON.stringify(state) + String('failure' in state && state.failure)).not.toMatch(
      'secret',
    )
  })

  test.each<[string, unknown, string]>([
    ['no list of pictures', { images: 'x' }, 'failed'],
    ['pictures in the answer itself', { images: [{ url: 'data:image/png;base64,AA' }] }, 'failed'],
    ['a seed that JSON has rounded', { images: [{ url: 'https://x/a' }], seed: 2 ** 60 }, 'done'],
  ])('%s', async (_, output, kind) => {
    stub.next({ output })
    const provider = fal()
    const state = await endOf(provider, await provider.submit(orderOf({ reference }), options))
    expect(state.kind).toBe(kind)
    expect(state).not.toHaveProperty('seed')
  })

  test('what was made and blacked out costs, what failed on their side does not', async () => {
    const provider = fal({ prices: { 'fal-ai/fast-sdxl': { microsPerSecond: 1000 } } })
    const costOf = async (end: Ending) => {
      stub.next({ end })
      const state = await endOf(provider, await provider.submit(orderOf({ reference }), options))
      return 'costMicros' in state ? state.costMicros : undefined
    }
    expect(await costOf('blacked-out')).toBe(2500)
    expect(await costOf('refused')).toBe(2500)
    expect(await costOf('runner-lost')).toBeUndefined()
  })

  test('a request that is not there has failed', async () => {
    const gone = { kind: 'failed', failure: { code: 'provider-failed' } }
    for (const ref of ['gone', 'fal-ai/fast-sdxl/requests/gone']) {
      expect(await fal().look(ref, signal)).toMatchObject(gone)
    }
  })

  test('by its id alone, as of a webhook, it is found at whichever app has it', async () => {
    const provider = fal({ modifyApp: 'fal-ai/bytedance/seedream/v4/edit' })
    await provider.submit(orderOf({ reference }), options)
    const [id = ''] = [...stub.requests.keys()]
    expect((await endOf(provider, id)).kind).toBe('done')
    await provider.cancel(id, signal)
    expect(stub.asked.at(-1)).toBe(`PUT /fal-ai/bytedance/requests/${id}/cancel`)
  })

  test('a ref that names another host gets no key', async () => {
    for (const ref of ['http://evil.example/x', 'x //evil.example/x x']) {
      expect(await thrown(fal().look(ref, signal))).toMatchObject({ code: 'provider-failed' })
    }
    expect(stub.asked).toEqual([])
  })

  test.each<['status' | 'result', Fault, string, number]>([
    ['status', 'unavailable', 'provider-unavailable', 0],
    ['status', 'internal', 'provider-unavailable', 0],
    ['status', 'gateway-timeout', 'provider-unavailable', 0],
    ['status', 'throttled', 'provider-throttled', 7_000],
    ['status', 'unauthenticated', 'provider-denied', 0],
    ['status', 'reset', 'provider-unavailable', 0],
    ['status', 'silent', 'provider-unavailable', 0],
    ['status', 'malformed', 'provider-unavailable', 0],
    ['result', 'unavailable', 'provider-unavailable', 0],
    ['result', 'gateway-timeout', 'provider-unavailable', 0],
    ['result', 'throttled', 'provider-throttled', 7_000],
    ['result', 'locked', 'provider-denied', 0],
    ['result', 'reset', 'provider-unavailable', 0],
    ['result', 'malformed', 'provider-unavailable', 0],
  ])('a %s that meets %s is %s, and it can be looked at again', async (kind, fault, code, wait) => {
    const provider = fal()
    const ref = await provider.submit(orderOf({ reference }), options)
    const request = [...stub.requests.values()][0]
    await expect.poll(() => request?.status, { interval: 2 }).toBe('COMPLETED')
    stub.fail(kind, fault)
    const patience = patienceWith(stub, { fault, call: `GET /${ref}/status` })
    const failure = await thrown(provider.look(ref, patience))
    expect(failure).toMatchObject({ code })
    expect(atLeastMs(failure)).toBe(wait)
    expect((await endOf(provider, ref)).kind).toBe('done')
  })

  test('what does not start in its time is over by itself', async () => {
    await using stub = await falStub({ secondMs: 10 })
    stub.next({ end: 'stuck' })
    const provider = fal({ baseUrl: stub.baseUrl, key: stub.key })
    const ref = await provider.submit(orderOf({ reference }), { ...options, remainingMs: 2_500 })
    expect(stub.submits[0]?.headers['x-fal-request-timeout']).toBe('2')
    const states = () => [...stub.requests.values()].map(({ status }) => status)
    await expect.poll(states, { interval: 2 }).toEqual(['COMPLETED'])
    expect(await provider.look(ref, signal)).toMatchObject({
      kind: 'failed',
      failure: { code: 'deadline-expired' },
    })
  })
})

describe('cancel', () => {
  test('ends what waits or runs, and means nothing to what is over or was never there', async () => {
    for (const end of ['stuck', 'endless'] as const) {
      stub.next({ end })
      const provider = fal()
      const ref = await provider.submit(orderOf({ reference }), options)
      await provider.cancel(ref, signal)
      expect(await provider.look(ref, signal)).toEqual({ kind: 'cancelled' })
      await provider.cancel(ref, signal)
    }
    await fal().cancel('gone', signal)
    await fal().cancel('fal-ai/fast-sdxl/requests/gone', signal)
    stub.fail('cancel', 'invalid')
    await fal().cancel('gone', signal)
    stub.fail('cancel', 'unavailable')
    const failed = thrown(fal().cancel('gone', signal))
    expect(await failed).toMatchObject({ code: 'provider-unavailable' })
  })
})
