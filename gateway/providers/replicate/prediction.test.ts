import { expect, test } from 'vitest'
import type { RemoteState } from '../provider.ts'
import { predictionSchema, stateOf } from './prediction.ts'

const price = { microsPerSecond: 725, microsPerImage: 40_000 }
const said = (fields: object) =>
  predictionSchema.parse({ id: 'p1', status: 'succeeded', ...fields })
const png = (n: number) => `https://replicate.delivery/x/out-${n}.png`

test.each<[string, object, RemoteState]>([
  ['starting', { status: 'starting', output: null }, { kind: 'waiting' }],
  ['processing', { status: 'processing', output: null, logs: '' }, { kind: 'running' }],
  [
    'processing with a progress bar',
    { status: 'processing', logs: '  5%|▌| 1/20\n 45%|████▌     | 9/20' },
    { kind: 'running', progress: 0.45 },
  ],
  ['canceled', { status: 'canceled' }, { kind: 'cancelled' }],
  ['aborted', { status: 'aborted' }, { kind: 'cancelled' }],
  ['a list', { output: [png(0), png(1)] }, { kind: 'done', outputs: [png(0), png(1)] }],
  ['a text', { output: png(0) }, { kind: 'done', outputs: [png(0)] }],
  [
    'an object',
    { output: { images: [{ url: png(0) }], seed: 3 } },
    { kind: 'done', outputs: [png(0)] },
  ],
  [
    'the seed that was sent',
    { output: png(0), input: { seed: 7 } },
    { kind: 'done', outputs: [png(0)], seed: 7 },
  ],
  [
    'the seed that it says it used',
    { output: png(0), input: { seed: 0 }, logs: 'Using seed: 4321\n100%|██| 20/20' },
    { kind: 'done', outputs: [png(0)], seed: 4321 },
  ],
])('%s', (_, fields, state) => {
  expect(stateOf(said(fields))).toEqual(state)
})

test.each([
  [
    'NSFW content detected. Try running it again, or try a different prompt.',
    'provider-refused-content',
  ],
  ['The input or output was flagged as sensitive. (E005)', 'provider-refused-content'],
  ['CUDA out of memory. Tried to allocate 2 GiB', 'provider-failed'],
  ['Director: model ran out of memory (E1001)', 'provider-failed'],
  ["'NoneType' object has no attribute 'to'", 'provider-failed'],
  [{ detail: 'NSFW' }, 'provider-refused-content'],
  [null, 'provider-failed'],
])('failed with %j', (error, code) => {
  const state = stateOf(said({ status: 'failed', error }), {})
  expect(state).toMatchObject({ kind: 'failed', failure: { code } })
})

test('the words of a failure are not passed on, its code is', () => {
  const state = stateOf(
    said({ status: 'failed', error: 'no idea what "my secret prompt" is (E8765)' }),
  )
  if (state.kind !== 'failed') throw new Error(state.kind)
  expect(state.failure.message).toBe('Replicate ran the job and failed (E8765).')
})

test('what was deleted or never was is a failure, though it succeeded', () => {
  const lost = { kind: 'failed', failure: { code: 'provider-output-lost' } }
  expect(stateOf(said({ output: null, data_removed: true }))).toMatchObject(lost)
  const none = { kind: 'failed', failure: { code: 'provider-failed' } }
  for (const output of [null, [], 'ok', { seed: 1 }, ['data:image/png;base64,AA==']]) {
    expect(stateOf(said({ output }))).toMatchObject(none)
  }
})

test('time and pictures cost what they cost, whatever came of it', () => {
  const metrics = { predict_time: 2.5, total_time: 9 }
  const costs = (fields: object) => {
    const state = stateOf(said({ metrics, ...fields }), price)
    return 'costMicros' in state && state.costMicros
  }
  expect(costs({ output: [png(0), png(1)] })).toBe(81_813)
  expect(costs({ status: 'failed', error: 'NSFW' })).toBe(1_813)
  expect(costs({ status: 'canceled' })).toBe(1_813)
  expect(costs({ status: 'aborted', metrics: {} })).toBe(0)
})

test('a status that there is none of is looked at again', () => {
  expect(() => stateOf(said({ status: 'dreaming' }))).toThrow(
    expect.objectContaining({ code: 'provider-unavailable' }),
  )
})
