import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readSafetensors } from '../checkpoints/safetensors.ts'
import { readQwen2Golden, writeQwen2 } from './goldens/qwen2.ts'
import { continued, type OpenedQwen2, openQwen2, step } from './qwen2.case.ts'
import { qwen2, qwen2Continuation } from './qwen2.ts'

const { cases } = await readQwen2Golden()
const { ids, greedy = [] } = cases.find(({ name }) => name === 'untied-33')!
const NONE = Array<number>(16).fill(0)

let folder = ''
let loop: OpenedQwen2
let plain: OpenedQwen2
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-continuation-'))
  const path = await writeQwen2(folder, { variant: 'untied' })
  loop = await openQwen2(path, qwen2Continuation)
  plain = await openQwen2(path, qwen2)
})
afterAll(async () => {
  await loop.session[Symbol.asyncDispose]()
  await plain.session[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('a continuation ends with the first stop id that it writes', async () => {
  const stop = greedy[5]!
  const { tokens } = await continued(loop, ids, { draws: NONE, stopIds: [511, stop, 3] })
  expect(tokens).toEqual(greedy.slice(0, greedy.indexOf(stop) + 1))
})

test('no stop id is written before as many tokens as were asked for at least', async () => {
  const asked = { draws: NONE, stopIds: greedy.slice(0, 1) }
  expect((await continued(loop, ids, asked)).tokens).toEqual(greedy.slice(0, 1))
  const { tokens } = await continued(loop, ids, { ...asked, least: 1 })
  const { logits } = await step(plain, ids)
  expect(tokens[0]).toBe(ranked(logits)[1])
  expect(tokens.length).toBeGreaterThan(1)
})

test('the cache of a prefix, once computed, serves for what follows it', async () => {
  const prefix = await continued(loop, ids.slice(0, 20), { draws: [0] })
  expect(prefix.past['past_key_values.0.key']).toHaveLength(2 * 20 * 16)
  for (const _ of [1, 2]) {
    const asked = { draws: NONE, past: prefix.past }
    const { tokens } = await continued(loop, ids.slice(20), asked)
    expect(tokens).toEqual(greedy.slice(0, 16))
  }
})

test('outputs that are not asked for are not handed back', async () => {
  const feeds = { data: BigInt64Array.of(1n), shape: [1, 1] }
  const none = { data: new Float32Array(), shape: [1, 2, 0, 16] }
  const past = Object.fromEntries(
    [0, 1].flatMap((n) => ['key', 'value'].map((what) => [`past_key_values.${n}.${what}`, none])),
  )
  const outputs = await plain.session.run({ input_ids: feeds, ...past }, ['logits'])
  expect(Object.keys(outputs)).toEqual(['logits'])
})

test.each([
  [0.7, 0.9],
  [1, 1],
  [0.3, 0.5],
  [2, 0.95],
])('at temperature %d and top_p %d each draw takes its own share', async (temperature, topP) => {
  const { logits } = await step(plain, ids)
  for (const draw of [0, 0.1, 0.35, 0.6, 0.85, 0.999]) {
    const asked = { draws: [draw], temperature, topP }
    const { tokens, probabilities } = await continued(loop, ids, asked)
    const expected = drawn(logits, { draw, temperature, topP })
    expect(tokens).toEqual([expected.token])
    expect(probabilities[0]).toBeCloseTo(expected.probability, 5)
  }
})

test('a network that overflows is seen by its probabilities', async () => {
  const own = await mkdtemp(join(tmpdir(), 'i2i-overflow-'))
  onTestFinished(() => rm(own, { recursive: true }))
  const path = await writeQwen2(own, { variant: 'untied' })
  const file = join(path, 'model.safetensors')
  const { tensors } = await readSafetensors(file)
  const { offset, length } = tensors.get('model.layers.1.self_attn.k_proj.bias')!.bytes
  {
    await using handle = await open(file, 'r+')
    const huge = new Uint8Array(new Float32Array(length / 4).fill(3e38).buffer)
    await handle.write(huge, 0, length, offset)
  }
  const overflowing = await openQwen2(path, qwen2Continuation)
  await using _ = overflowing.session
  const { probabilities } = await continued(overflowing, ids, { draws: [0, 0] })
  expect(probabilities).toEqual([Number.NaN, Number.NaN])
})

const ranked = (logits: Float32Array): number[] =>
  [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!)

/** Of the 64 likeliest, in double precision. */
function drawn(
  logits: Float32Array,
  { draw, temperature, topP }: { draw: number; temperature: number; topP: number },
) {
  const order = ranked(logits).slice(0, 64)
  const weights = order.map((id) => Math.exp((logits[id]! - logits[order[0]!]!) / temperature))
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = weights.map((weight) => weight / whole)
  let before = 0
  const kept = shares.filter((share) => {
    const isKept = before < topP
    before += share
    return isKept
  })
  let left = draw * kept.reduce((sum, share) => sum + share, 0)
  const place = kept.findIndex((share) => {
    left -= share
    return left < 0
  })
  return { token: order[place]!, probability: shares[place]! }
}
