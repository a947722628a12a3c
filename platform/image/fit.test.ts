import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RgbImage } from '#contract'
import { filterNames } from './filters.ts'
import { type Fit, fitImage, fitImageInSteps } from './fit.ts'
import goldens from './goldens/resample.json' with { type: 'json' }

describe('pixels equal those of Pillow', () => {
  test.each(goldens)('$mode $from to $to $filter', ({ from, to, mode, filter, sha256 }) => {
    const [width, height] = to
    const result = fitImage(noise(from[0]!, from[1]!), {
      width: width!,
      height: height!,
      mode: asMode(mode),
      filter: filterNames.find((name) => name === filter) ?? 'lanczos3',
    })
    expect([result.width, result.height]).toEqual(to)
    expect(createHash('sha256').update(result.data).digest('hex')).toBe(sha256)
  })
})

describe('in steps', () => {
  const large = noise(512, 384)

  test.each(['cover', 'contain', 'stretch'] as const)('%s makes the same pixels', async (mode) => {
    const fit = { width: 640, height: 640, mode }
    const sum = ({ data }: RgbImage) => createHash('sha256').update(data).digest('hex')
    expect(sum(await fitImageInSteps(large, fit))).toBe(sum(fitImage(large, fit)))
  })

  test('others have their turn often while a large picture is made', async () => {
    let turns = 0
    const turn = () => {
      turns++
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    await fitImageInSteps(large, { width: 1024, height: 1024, mode: 'stretch' })
    clearImmediate(next)
    expect(turns).toBeGreaterThan(15)
  })

  test('a picture of the right size is returned as it is', async () => {
    expect(await fitImageInSteps(large, { width: 512, height: 384, mode: 'cover' })).toBe(large)
  })
})

test.each(['cover', 'contain', 'stretch'] as const)('%s leaves the right size alone', (mode) => {
  const image = noise(24, 16)
  expect(fitImage(image, { width: 24, height: 16, mode })).toBe(image)
})

test('cover crops the sides equally', () => {
  // Red | green green | blue, in quarters of the width.
  const image = columns([RED, GREEN, GREEN, BLUE], 40)
  const { data } = fitImage(image, { width: 80, height: 80, mode: 'cover' })
  expect(pixel(data, 40)).toEqual(GREEN)
  const [red, , blueAtLeft] = pixel(data, 0)
  const [redAtRight, , blue] = pixel(data, 79)
  expect(red).toBe(blue)
  expect([blueAtLeft, redAtRight]).toEqual([0, 0])
})

test('contain shows the whole picture between white borders', () => {
  const image = columns([RED, GREEN, GREEN, BLUE], 40)
  const { data } = fitImage(image, { width: 80, height: 80, mode: 'contain' })
  const at = (x: number, y: number) => pixel(data, y * 80 + x)
  expect(at(40, 19)).toEqual([255, 255, 255])
  expect(at(40, 60)).toEqual([255, 255, 255])
  expect(at(2, 40)).toEqual(RED)
  expect(at(40, 20)).toEqual(GREEN)
  expect(at(77, 59)).toEqual(BLUE)
})

test('pixels that do not fill their size are refused before they are read', () => {
  const broken = { width: 10, height: 10, data: new Uint8Array(299) }
  expect(() => fitImage(broken, { width: 8, height: 8, mode: 'cover' })).toThrow('299 bytes')
})

const RED = [255, 0, 0]
const GREEN = [0, 255, 0]
const BLUE = [0, 0, 255]

/** Vertical stripes, each `side` wide and twice that high. */
function columns(colours: readonly (readonly number[])[], side: number): RgbImage {
  const row = colours.flatMap((colour) => Array.from({ length: side }, () => colour).flat())
  const height = side * 2
  const data = Uint8Array.from(Array.from({ length: height }, () => row).flat())
  return { width: colours.length * side, height, data }
}

function pixel(data: Uint8Array, index: number): readonly number[] {
  return [...data.subarray(index * 3, index * 3 + 3)]
}

/** The same bytes as `noise` in goldens/resample.py. */
function noise(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < data.length; at++) data[at] = Math.imul(at, 2654435761) >>> 24
  return { width, height, data }
}

function asMode(mode: string): Fit['mode'] {
  if (mode === 'cover' || mode === 'contain' || mode === 'stretch') return mode
  throw new Error(`no mode ${mode}`)
}
