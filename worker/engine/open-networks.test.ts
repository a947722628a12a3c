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
  expect(opened).toEqual(['textEncoder', 'textEncoder2', 'vaeEncoder', 'vaeDecoder', 'unet'])
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

test('gives one picture at each size, be they kept in a session each or all in one', async () => {
  const loaded = await openCheckpoint(await checkpoint('tiny-single'))
  const options = { device: 'cpu', threads: 1 } as const
  const opened: string[] = []
  const onOpen = (name: string) => opened.push(name)
  await using one = await openNetworks(loaded, options)
  await using two = await openNetworks(loaded, { ...options, sizesKept: 2, onOpen })
  const [square, wide] = [
    { width: 64, height: 64 },
    { width: 104, height: 72 },
  ]
  for (const size of [square, wide, square]) {
    const request = { ...plan('txt2img', { steps: 2 }, 1), ...size }
    const [a, b] = [await generate(one, request), await generate(two, request)]
    expect(mostDifferent(a.images[0]!, b.images[0]!)).toBe(0)
  }
  expect(opened.filter((name) => name === 'unet')).toHaveLength(2)
})

test('frugal networks have the UNet and the VAE open in turns, and give nearly the same picture', async () => {
  const opened: string[] = []
  const loaded = await openCheckpoint(await checkpoint('tiny-single'))
  const request = await requestFor('modify', { steps: 4 })
  await using networks = await openNetworks(loaded, {
    device: 'cpu',
    threads: 1,
    weights: 'prepared',
    frugal: true,
    tileSide: 12,
    onOpen: (name) => opened.push(name),
  })
  const { images, effective } = await generate(networks, request)
  await generate(networks, request)
  expect(opened.slice(2)).toEqual([
    ...['vaeEncoder', 'unet', 'vaeDecoder'],
    ...['vaeEncoder', 'unet', 'vaeDecoder'],
  ])
  expect(effective.vae).toEqual({ precision: 'float32', tiled: true })
  await using ample = await openNetworks(loaded, { device: 'cpu', threads: 1 })
  const whole = await generate(ample, request)
  expect(whole.effective.vae?.tiled).toBe(false)
  // Random weights see farther than trained ones: tiles of twelve latents miss much that lies outside.
  expect(relativeError(images[0]!.latents!, whole.images[0]!.latents!)).toBeLessThan(0.15)
  expect(psnr(images[0]!, whole.images[0]!)).toBeGreaterThan(22)
})

test('a VAE found fit for half gives nearly the picture of the single one', async () => {
  const loaded = await openCheckpoint(await checkpoint('tiny-single'))
  const options = { device: 'cpu', threads: 1, vae: 'probe' } as const
  await using networks = await openNetworks(loaded, options)
  const { images, effective } = await generate(networks, await requestFor('modify', { steps: 6 }))
  expect(effective.vae).toMatchObject({ precision: 'float16', tiled: false })
  const exact = await picture('tiny-single', 'prepared')
  expect(psnr(images[0]!, exact)).toBeGreaterThan(55)
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

/** In decibels. */
function psnr(a: GeneratedImage, b: GeneratedImage): number {
  const { data } = b.image
  const squares = data.reduce((sum, value, i) => sum + (value - a.image.data[i]!) ** 2, 0)
  return 10 * Math.log10((255 ** 2 * data.length) / squares)
}

const mostDifferent = (a: GeneratedImage, b: GeneratedImage): number =>
  a.image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.image.data[i]!)), 0)
