import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import { writeCheckpoint } from '#models/goldens/checkpoint.ts'
import { sdxlVae } from '#models/networks/vae.ts'
import { openNetworks } from '#worker/engine/open-networks.ts'
import type { Autoencoder, Networks } from './networks.ts'
import { createGenerator } from './random.ts'
import { inTiles, spansTiles, tileOf, tileStarts } from './tiling.ts'
import fixture from './tiling-fixture.json' with { type: 'json' }

let folder: string
let networks: Networks & AsyncDisposable
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-tiling-'))
  const checkpoint = await openCheckpoint(await writeCheckpoint(folder, 'tiny-single'))
  networks = await openNetworks(checkpoint, { device: 'cpu', threads: 1 })
})
afterAll(async () => {
  await networks?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('tiles are as few as overlap by a quarter, and reach from edge to edge', () => {
  expect(tileStarts(128, 64)).toEqual([0, 32, 64])
  expect(tileStarts(112, 64)).toEqual([0, 48])
  expect(tileStarts(113, 64)).toEqual([0, 25, 49])
  expect(tileStarts(64, 64)).toEqual([0])
  const lengths = fc.integer({ min: 1, max: 300 })
  const sides = fc.integer({ min: 1, max: 70 })
  fc.assert(
    fc.property(lengths, sides, (length, side) => {
      const starts = tileStarts(length, side)
      const gaps = starts.slice(1).map((start, i) => start - starts[i]!)
      expect(starts[0]).toBe(0)
      expect(starts.at(-1)! + Math.min(side, length)).toBe(length)
      expect(Math.max(0, ...gaps)).toBeLessThanOrEqual(side - Math.floor(side / 4))
      expect(Math.min(1, ...gaps)).toBe(1)
    }),
  )
})

test('a network that looks at single values answers in tiles as it does at once, whatever the size', async () => {
  const vae = { ...sdxlVae, channels: [1, 1], imageChannels: 2, latentChannels: 1 }
  const asked = new Set<string>()
  const pointwise: Autoencoder = {
    // Moments are the first value of each 2 × 2 pixels; pixels are their latent, and its opposite.
    async encodeImage(image, { height, width }) {
      asked.add(`${height}x${width}`)
      const row = 2 * width
      const at = (i: number) => 2 * row * Math.floor(i / width) + 2 * (i % width)
      const count = height * width
      return Float32Array.from({ length: 2 * count }, (_, i) =>
        i < count ? image[at(i)]! : image[4 * count + at(i - count)]!,
      )
    },
    async decodeLatents(latents, { height, width }) {
      const pixels = 4 * height * width
      return Float32Array.from({ length: 2 * pixels }, (_, i) => {
        const [y, x] = [Math.floor((i % pixels) / (2 * width)), i % (2 * width)]
        const value = latents[(y >> 1) * width + (x >> 1)]!
        return i < pixels ? value : -value
      })
    },
  }
  const sizes = fc.integer({ min: 1, max: 24 })
  await fc.assert(
    fc.asyncProperty(sizes, sizes, fc.integer({ min: 1, max: 12 }), async (height, width, side) => {
      asked.clear()
      const tiles = inTiles(pointwise, vae, side)
      const area = { height, width }
      const latents = byRule(height * width)
      const image = await pointwise.decodeLatents(latents, area)
      expect(furthest(await tiles.decodeLatents(latents, area), image)).toBeLessThan(1e-6)
      const moments = await tiles.encodeImage(image, area)
      expect([...asked]).toEqual([`${Math.min(height, side)}x${Math.min(width, side)}`])
      expect(furthest(moments, await pointwise.encodeImage(image, area))).toBeLessThan(1e-6)
    }),
    { numRuns: 60 },
  )
})

test('gives what diffusers gives, as far as its tiles are whole', async () => {
  const { side, tile, kept, rows, moments, decoded } = fixture
  const tiles = inTiles(networks, networks.vae, tile)
  const area = { height: side, width: side }
  const image = await tiles.decodeLatents(byRule(4 * side ** 2), area)
  const part = crop(image, side * 8, { top: rows[0]!, bottom: rows[1]!, width: kept * 8 })
  expect(part).toHaveLength(product(decoded.shape))
  // Of values up to 2.5.
  expect(furthest(part, floats(decoded.float32))).toBeLessThan(5e-5)
  const encoded = await tiles.encodeImage(byRule(3 * (side * 8) ** 2), area)
  const inside = crop(encoded, side, { top: 0, bottom: kept, width: kept })
  expect(inside).toHaveLength(product(moments.shape))
  expect(furthest(inside, floats(moments.float32))).toBeLessThan(5e-5)
})

test.each([
  { height: 21, width: 34, side: 16, decibels: 25 },
  { height: 13, width: 40, side: 12, decibels: 22 },
])('leaves no seams in $height × $width latents', async ({ side, decibels, ...area }) => {
  const latents = createGenerator(5).normal(4 * area.height * area.width)
  const whole = await networks.decodeLatents(latents, area)
  const tiled = await inTiles(networks, networks.vae, side).decodeLatents(latents, area)
  const difference = tiled.map((value, i) => value - whole[i]!)
  // Random weights see farther than trained ones: their tiles miss much that lies outside.
  const noise = difference.reduce((sum, value) => sum + value ** 2, 0) / whole.length
  expect(10 * Math.log10(2 ** 2 / noise)).toBeGreaterThan(decibels)

  const steps = columnSteps(difference, area.width * 8)
  const overlaps = tileStarts(area.width, side).slice(1)
  const seams = overlaps.flatMap((start) => [start * 8 - 1, start * 8])
  const inside = steps.filter((_, x) => !seams.includes(x))
  expect(Math.max(...seams.map((x) => steps[x]!))).toBeLessThan(Math.max(...inside))
})

test('a picture takes tiles only where one side is longer than a tile', () => {
  expect(spansTiles({ height: 64, width: 64 }, 64)).toBe(false)
  expect(spansTiles({ height: 8, width: 65 }, 64)).toBe(true)
  expect(tileOf({ height: 8, width: 65 }, 64)).toEqual({ height: 8, width: 64 })
})

const floats = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer)

/** As make-tiling-fixture.py has them. */
const byRule = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 504 - 1)

/** Rows `top` to `bottom` of each plane, and so many columns of them. */
function crop(
  data: Float32Array,
  side: number,
  { top, bottom, width }: { readonly top: number; readonly bottom: number; readonly width: number },
): Float32Array {
  return data.filter((_, i) => {
    const y = Math.floor(i / side) % side
    return y >= top && y < bottom && i % side < width
  })
}

/** The mean step from each column of pixels to the next. */
function columnSteps(image: Float32Array, width: number): number[] {
  const rows = image.length / width
  return Array.from({ length: width - 1 }, (_, x) => {
    let sum = 0
    for (let at = x; at < image.length; at += width) sum += Math.abs(image[at + 1]! - image[at]!)
    return sum / rows
  })
}

const furthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length - b.length)

const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1)
