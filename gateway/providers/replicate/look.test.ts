import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderOf } from '../order.case.ts'
import { patienceWith } from '../patience.case.ts'
import { atLeastMs } from '../retry-after.ts'
import { createReplicate, type ReplicateOptions } from './replicate.ts'
import { type ReplicateStub, replicateStub } from './replicate-stub.case.ts'
import type { Fault } from './stub-faults.case.ts'

let stub: ReplicateStub
beforeEach(async () => {
  stub = await replicateStub()
})
afterEach(() => stub[Symbol.asyncDispose]())

const { signal } = new AbortController()
const options = { webhookUrl: undefined, remainingMs: 60_000, signal }

const replicate = (wish: Partial<ReplicateOptions> = {}) =>
  createReplicate({
    baseUrl: stub.baseUrl,
    token: stub.token,
    model: 'stability-ai/sdxl',
    contentModes: ['sfw'],
    ...wish,
  })
const thrown = async (promise: Promise<unknown>) => await promise.catch((error: unknown) => error)

/** Looks until it is over. */
async function endOf(provider: ReturnType<typeof replicate>, ref: string) {
  for (;;) {
    const state = await provider.look(ref, signal)
    if (state.kind !== 'waiting' && state.kind !== 'running') return state
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('look', () => {
  test('waiting, running with progress, done with pictures that can be had', async () => {
    stub.next({ end: 'stuck' })
    const provider = replicate({ price: { microsPerSecond: 1000 } })
    const waiting = await provider.submit(orderOf(), options)
    expect(await provider.look(waiting, signal)).toEqual({ kind: 'waiting' })
    stub.next({ end: 'endless' })
    const running = await provider.submit(orderOf(), options)
    await expect.poll(() => stub.predictions.get(running)?.status).toBe('processing')
    expect(await provider.look(running, signal)).toEqual({ kind: 'running', progress: 0.25 })
    const ref = await provider.submit(orderOf({ asked: { images: 2, seed: 77 } }), options)
    const state = await endOf(provider, ref)
    const outputs = [0, 1].map((n) => `${stub.origin}/delivery/${ref}/out-${n}.png`)
    expect(state).toEqual({ kind: 'done', outputs, seed: 77, costMicros: 2500 })
    const picture = await fetch(outputs[0] ?? '')
    expect(picture.headers.get('content-type')).toBe('image/png')
  })

  test.each([
    ['filtered', { kind: 'failed', failure: { code: 'provider-refused-content' } }],
    ['failed', { kind: 'failed', failure: { code: 'provider-failed' } }],
    ['out-of-memory', { kind: 'failed', failure: { code: 'provider-failed' } }],
    ['canceled', { kind: 'cancelled' }],
    ['aborted', { kind: 'cancelled' }],
    ['removed', { kind: 'failed', failure: { code: 'provider-output-lost' } }],
  ] as const)('%s', async (end, state) => {
    stub.next({ end })
    const provider = replicate()
    expect(await endOf(provider, await provider.submit(orderOf(), options))).toMatchObject(state)
  })

  test('a prediction that is not there has failed', async () => {
    expect(await replicate().look('gone', signal)).toMatchObject({
      kind: 'failed',
      failure: { code: 'provider-failed' },
    })
  })

  test.each<[Fault, string, number]>([
    ['unavailable', 'provider-unavailable', 0],
    ['gateway-timeout', 'provider-unavailable', 0],
    ['throttled-in-words', 'provider-throttled', 30_000],
    ['unauthenticated', 'provider-denied', 0],
    ['reset', 'provider-unavailable', 0],
    ['silent', 'provider-unavailable', 0],
    ['malformed', 'provider-unavailable', 0],
  ])('%s is %s, and it can be looked at again', async (fault, code, wait) => {
    const provider = replicate()
    const ref = await provider.submit(orderOf(), options)
    stub.fail('look', fault)
    const patience = patienceWith(stub, { fault, call: `GET /v1/predictions/${ref}` })
    const failure = await thrown(provider.look(ref, patience))
    expect(failure).toMatchObject({ code })
    expect(atLeastMs(failure)).toBe(wait)
    expect((await endOf(provider, ref)).kind).toBe('done')
  })

  test('what is ended before it starts is cancelled, which Cancel-After does at the latest', async () => {
    stub.next({ end: 'stuck' })
    const provider = replicate({ now: () => 0 })
    const ref = await provider.submit(orderOf(), options)
    const { deadline = 0, createdAt = 0 } = stub.predictions.get(ref) ?? {}
    expect(Math.round((deadline - createdAt) / 1000)).toBe(60)
    await provider.cancel(ref, signal)
    expect(await provider.look(ref, signal)).toEqual({ kind: 'cancelled' })
  })
})

describe('cancel', () => {
  test('ends what runs, and means nothing to what is over or was never there', async () => {
    stub.next({ end: 'endless' })
    const provider = replicate()
    const ref = await provider.submit(orderOf(), options)
    await provider.cancel(ref, signal)
    expect(await provider.look(ref, signal)).toMatchObject({ kind: 'cancelled' })
    await provider.cancel(ref, signal)
    await provider.cancel('gone', signal)
    stub.fail('cancel', 'invalid')
    await provider.cancel(ref, signal)
    stub.fail('cancel', 'unavailable')
    expect(await thrown(provider.cancel(ref, signal))).toMatchObject({
      code: 'provider-unavailable',
    })
  })
})
