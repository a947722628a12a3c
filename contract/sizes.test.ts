import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { bucketOfAspect, checkSize, nearestBucket, ownAspect } from './sizes.ts'

describe('the nearest bucket', () => {
  test.each([
    [1000, 1000, '1024x1024'],
    [4032, 3024, '1152x896'],
    [3000, 2000, '1216x832'],
    [1920, 1080, '1344x768'],
    [1080, 1920, '768x1344'],
    [2560, 1080, '1536x640'],
    [10000, 10, '1536x640'],
    [451, 300, '1216x832'],
  ])('of %i × %i is %s', (width, height, bucket) => {
    const size = nearestBucket(width, height)
    expect(`${size.width}x${size.height}`).toBe(bucket)
  })

  test('turns with the picture and is never further from its aspect than the square', () => {
    const side = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(side, side, fc.constantFrom(64, 128, 512, 1024), (width, height, native) => {
        const { width: w, height: h } = nearestBucket(width, height, native)
        expect(nearestBucket(height, width, native)).toEqual({ width: h, height: w })
        const distance = Math.abs(Math.log(w / h / (width / height)))
        const square = Math.abs(Math.log(width / height))
        expect(distance).toBeLessThan(square + 1e-9)
      }),
    )
  })

  test('scales to a tiny network in whole latents of about its native area', () => {
    for (const [width, height] of [
      [1, 1],
      [4, 3],
      [3, 2],
      [16, 9],
      [21, 9],
    ] as const) {
      const size = nearestBucket(width, height, 64)
      expect([size.width % 8, size.height % 8]).toEqual([0, 0])
      expect((size.width * size.height) / 64 ** 2).toBeGreaterThan(0.8)
      expect((size.width * size.height) / 64 ** 2).toBeLessThan(1.2)
    }
    expect(nearestBucket(5, 5, 64)).toEqual({ width: 64, height: 64 })
  })
})

describe('an aspect ratio', () => {
  test.each([
    ['1:1', 1024, 1024],
    ['16:9', 1344, 768],
    [' 9 : 16 ', 768, 1344],
    ['2.35:1', 1536, 640],
  ])('%s becomes %i × %i', (ratio, width, height) => {
    expect(bucketOfAspect(ratio)).toEqual({ width, height })
  })

  test.each(['', '16', '16x9', '0:1', '1:0', '-1:2', '1:2:3', 'NaN:1'])(
    '%j is refused',
    (ratio) => {
      expect(() => bucketOfAspect(ratio)).toThrow('not of the form 16:9')
    },
  )

  test('longer than 5:1 is refused', () => {
    expect(() => bucketOfAspect('6:1')).toThrow('Stay within 5:1')
    expect(bucketOfAspect('5:1')).toEqual({ width: 1536, height: 640 })
  })
})

describe("the size of a picture's own aspect", () => {
  test.each([
    [1024, 1024, '1024x1024'],
    [4032, 3024, '1184x888'],
    [451, 300, '1256x832'],
    [1080, 1920, '768x1368'],
    [100_000, 100, '2048x64'],
    [1, 1, '1024x1024'],
  ])('%i × %i is %s', (width, height, size) => {
    const own = ownAspect(width, height)
    expect(`${own.width}x${own.height}`).toBe(size)
  })

  test('is a size that passes, turns with the picture, and errs by half a latent a side', () => {
    const side = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(side, side, fc.constantFrom(64, 128, 512, 1024), (width, height, native) => {
        const { width: w, height: h } = ownAspect(width, height, native)
        expect(() => checkSize(w, h, native)).not.toThrow()
        expect(ownAspect(height, width, native)).toEqual({ width: h, height: w })
        const aspect = width / height
        const isLong = Math.max(aspect, 1 / aspect) > 4
        if (isLong) return
        const exact = native * Math.sqrt(aspect)
        expect(Math.abs(w - exact)).toBeLessThanOrEqual(4 + 1e-9)
        expect(Math.abs(h - exact / aspect)).toBeLessThanOrEqual(4 + 1e-9)
      }),
    )
  })
})

describe('a size', () => {
  test('of whole latents within the limits is accepted', () => {
    for (const [width, height] of [
      [64, 64],
      [2048, 2048],
      [1000, 1016],
    ] as const) {
      expect(() => checkSize(width, height)).not.toThrow()
    }
    expect(() => checkSize(16, 32, 64)).not.toThrow()
  })

  test.each([
    [1001, 770, '1000 × 768'],
    [32, 1024, '64 × 1024'],
    [4096, 1024, '2048 × 1024'],
    [-8, 0, '64 × 64'],
    [64.5, 64, '64 × 64'],
    [Number.NaN, 64, '1024 × 64'],
    [Number.POSITIVE_INFINITY, 64, '2048 × 64'],
  ])('of %d × %d is refused with the nearest that will do', (width, height, mend) => {
    expect(() => checkSize(width, height)).toThrow(Failure)
    expect(() => checkSize(width, height)).toThrow(`The nearest is ${mend}.`)
  })
})
