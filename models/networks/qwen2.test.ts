import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSafetensors } from '../checkpoints/safetensors.ts'
import { cuda } from '../graph/cuda.ts'
import { portable } from '../graph/portable.ts'
import { relativeError } from '../graph/tensor.case.ts'
import {
  type Qwen2Case,
  type Qwen2Variant,
  qwen2Variants,
  readQwen2Golden,
  writeQwen2,
} from './goldens/qwen2.ts'
import { continued, greedyBySteps, type OpenedQwen2, openQwen2, step } from './qwen2.case.ts'
import { qwen2, qwen2Continuation } from './qwen2.ts'

const { cases, file } = await readQwen2Golden()
const { tensors } = await readSafetensors(file)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-qwen2-'))
  for (const variant of qwen2Variants) await writeQwen2(folder, { variant })
})
afterAll(() => rm(folder, { recursive: true }))

/** What is stored in half differs in its weights alone. */
const forms = [
  ...qwen2Variants.map((variant) => ({ variant, lowering: portable })),
  { variant: 'tied', lowering: cuda },
  { variant: 'untied', lowering: cuda },
] as const

describe.each(forms)('the small $variant network, $lowering.name', ({ variant, lowering }) => {
  let plain: OpenedQwen2
  let loop: OpenedQwen2
  beforeAll(async () => {
    const path = join(folder, variant)
    plain = await openQwen2(path, qwen2, { lowering })
    loop = await openQwen2(path, qwen2Continuation, { lowering })
  })
  afterAll(async () => {
    await plain.session[Symbol.asyncDispose]()
    await loop.session[Symbol.asyncDispose]()
  })

  test.each(of(variant))('has the logits of transformers: $name', async ({ name, ids, past }) => {
    const before = past === 0 ? undefined : await step(plain, ids.slice(0, past))
    const { logits } = await step(plain, ids.slice(past), before?.past)
    expect(relativeError(logits, await golden(`${name}.logits`))).toBeLessThan(1e-5)
  })

  test.each(of(variant).filter(({ past }) => past > 0))(
    'has the cache of transformers: $name',
    async ({ name, ids, past }) => {
      const before = await step(plain, ids.slice(0, past))
      const { past: after } = await step(plain, ids.slice(past), before.past)
      for (const what of ['key', 'value']) {
        const cached = after[`past_key_values.1.${what}`]!
        expect(relativeError(cached, await golden(`${name}.${what}`))).toBeLessThan(1e-5)
      }
    },
  )

  test.each(of(variant).filter(({ greedy }) => greedy))(
    'writes the 64 likeliest tokens, by steps and in one run: $name',
    async ({ ids, greedy = [] }) => {
      expect(await greedyBySteps(plain, ids, greedy.length)).toEqual(greedy)
      const { tokens } = await continued(loop, ids, { draws: Array(greedy.length).fill(0) })
      expect(tokens).toEqual(greedy)
    },
  )
})

function of(variant: Qwen2Variant): Qwen2Case[] {
  return cases.filter(({ checkpoint }) => checkpoint === variant)
}

async function golden(name: string): Promise<Float32Array> {
  const { bytes } = tensors.get(name)!
  await using handle = await open(file)
  const buffer = new Uint8Array(bytes.length)
  await handle.read(buffer, 0, bytes.length, bytes.offset)
  return new Float32Array(buffer.buffer)
}
