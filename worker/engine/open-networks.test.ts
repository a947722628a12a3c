import { describe, expect, test } from 'vitest'
import { plan } from '#contract'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import type { Variant } from '#models/goldens/checkpoint.ts'
import { type GeneratedImage, generate } from '#pipeline/generate.ts'
import { openNetworks } from './open-networks.ts'
import type { WeightUse } from './session.ts'
import { requestFor, tinyCheckpoints } from './tiny-engine.case.ts'

const checkpoint = tinyCheckpoints()

/** Each is made once, however many tests look at it. */
const made = new Map<string, Promise<GeneratedImage>>()

function picture(variant: Variant, weights: WeightUse): Promise<GeneratedImage> {
  const key = `${variant} ${weights}`
  const known = made.get(key) ?? make(variant, weights)
  made.set(key, known)
  return known
}

async function make(variant: Variant, weights: WeightUse): Promise<GeneratedImage> {
  const opened: string[] = []
  await using networks = await openNetworks(await openCheckpoint(await checkpoint(variant)), {
    device: 'cpu',
    threads: 1,
    weights,
    onOpen: (name) => opened.push(name),
  })
  const { images } = await generate(networks, await requestFor('modify', { steps: 6 }))
  expect(opened).toEqual(['textEncoder', 'textEncoder2', 'unet', 'vaeEncoder', 'vaeDecoder'])
  return images[0]!
}

describe.each(['tiny-single', 'tiny-single-f16', 'tiny-single-bf16'] as const)('%s', (variant) => {
  test('gives one picture, be its weights read in place or prepared', async () => {
    const prepared = await picture(variant, 'prepared')
    const inPlace = await picture(variant, 'in-place')
    expect(relativeError(inPlace.latents!, prepared.latents!)).toBeLessThan(1e-4)
    expect(mostDifferent(inPlace, prepared)).toBeLessThanOrEqual(1)
  })
})

test('gives one picture at each size, be sides known beforehand or left open', async () => {
  const opened = await openCheckpoint(await checkpoint('tiny-single'))
  const options = { device: 'cpu', threads: 1 } as const
  await using open = await openNetworks(opened, { ...options, sides: 'open' })
  await using known = await openNetworks(opened, { ...options, sides: 'known' })
  for (const size of [
    { width: 64, height: 64 },
    { width: 104, height: 72 },
  ]) {
    const request = { ...plan('txt2img', { steps: 2 }, 1), ...size }
    const [a, b] = [await generate(open, request), await generate(known, request)]
    expect(relativeError(a.images[0]!.latents!, b.images[0]!.latents!)).toBeLessThan(1e-4)
    expect(mostDifferent(a.images[0]!, b.images[0]!)).toBeLessThanOrEqual(1)
  }
})

test('a vocabulary smaller than the tokenizer is refused by name', async () => {
  const opened = await openCheckpoint(await checkpoint('mini'))
  await using networks = await openNetworks(opened, { device: 'cpu', threads: 1 })
  const request = { ...plan('txt2img', { prompt: 'a cat', steps: 1 }, 1), width: 64, height: 64 }
  await expect(generate(networks, request)).rejects.toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringContaining('the text encoder knows 1000'),
  })
})

test('half-precision weights give nearly the picture of the single ones', async () => {
  const exact = await picture('tiny-single', 'in-place')
  const float16 = await picture('tiny-single-f16', 'in-place')
  const bfloat16 = await picture('tiny-single-bf16', 'in-place')
  const error = (half: GeneratedImage) => relativeError(half.latents!, exact.latents!)
  // 11 and 8 bits of mantissa: rounding errs by 2⁻¹² and 2⁻⁹ on average, and grows through the layers.
  expect(error(float16)).toBeLessThan(0.01)
  expect(error(bfloat16)).toBeLessThan(0.08)
  expect(error(bfloat16)).toBeGreaterThan(error(float16))
})

function relativeError(a: Float32Array, b: Float32Array): number {
  const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0)
  return Math.sqrt(squares(a.map((value, i) => value - b[i]!)) / squares(b))
}

const mostDifferent = (a: GeneratedImage, b: GeneratedImage): number =>
  a.image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.image.data[i]!)), 0)
