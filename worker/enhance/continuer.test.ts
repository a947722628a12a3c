import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeTinyQwen } from '#models/tokenizers/tiny-qwen.case.ts'
import type { Continuer } from './continuer.ts'
import type { CompletionRequest } from './enhancement.ts'
import { checkQwen } from './open-qwen.ts'

let folder = ''
let tiny: Continuer & AsyncDisposable
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-continuer-'))
  const path = await writeTinyQwen(folder)
  const place = { path, weights: 'full', device: 'cpu', threads: 1 } as const
  const { open } = await checkQwen(place)
  tiny = await open(() => {})
})
afterAll(async () => {
  await tiny[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const PREFIX = 'Idea: a boat\nImage: a boat, morning light\n\n'
const request = (more: Partial<CompletionRequest> = {}): CompletionRequest => ({
  ...{ prefix: PREFIX, text: 'Idea: a cat\nImage: a cat,', maxNewTokens: 24, stop: '\n' },
  ...more,
})

test('what follows a prefix that was read before is what follows the whole', async () => {
  const { text, tokens } = await tiny.complete(request())
  expect(tokens).toBeGreaterThan(3)
  const again = await tiny.complete(request())
  const { prefix, text: rest } = request()
  const whole = await tiny.complete(request({ prefix: '', text: prefix + rest }))
  expect([again.text, whole.text]).toEqual([text, text])
})

test('prefixes beyond those that are kept are read again', async () => {
  const { text } = await tiny.complete(request())
  for (let i = 0; i < 10; i++) await tiny.complete(request({ prefix: `${i}\n`, maxNewTokens: 1 }))
  expect((await tiny.complete(request())).text).toBe(text)
})

test('it is one line, of so many tokens at most', async () => {
  for (const maxNewTokens of [1, 5, 64]) {
    const { text, tokens } = await tiny.complete(request({ maxNewTokens, temperature: 2 }))
    expect(tokens).toBeLessThanOrEqual(maxNewTokens)
    expect(text).not.toContain('\n')
  }
})

test('a seed draws the same again, and another something else', async () => {
  const of = async (seed: number) => (await tiny.complete(request({ seed, temperature: 1 }))).text
  const first = await of(1)
  expect(await of(1)).toBe(first)
  expect(new Set([first, await of(2), await of(3)]).size).toBe(3)
})

test('without a temperature the seed says nothing', async () => {
  const [a, b] = [await tiny.complete(request({ seed: 1 })), await tiny.complete(request())]
  expect(a.text).toBe(b.text)
})
