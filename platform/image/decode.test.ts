import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { RgbImage } from '#contract'
import { decodeImage } from './decode.ts'
import { sharp } from './sharp.ts'

describe('what is read', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is undone', async (orientation) => {
    const seen = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 14) }
    const { width, height, data } = asStored(seen, orientation)
    const raw = { raw: { width, height, channels: 3 } } as const
    const file = await sharp(data, raw).withMetadata({ orientation }).png().toBuffer()
    expect((await sharp(file).metadata()).orientation).toBe(orientation)
    expect(await decodeImage(file)).toEqual(seen)
  })

  test('transparency is matted on white, half of it half', async () => {
    const data = Uint8Array.from([255, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 128])
    const raw = { raw: { width: 3, height: 1, channels: 4 } } as const
    for (const file of [await sharp(data, raw).png().toBuffer(), await losslessWebp(data, raw)]) {
      const decoded = await decodeImage(file)
      expect([...decoded.data]).toEqual([255, 255, 255, 0, 0, 255, 127, 127, 127])
    }
  })

  test('grayscale becomes three equal channels, with and without transparency', async () => {
    const gray = png({ width: 2, depth: 8, colourType: 0, row: [10, 200] })
    expect([...(await decodeImage(gray)).data]).toEqual([10, 10, 10, 200, 200, 200])
    const grayAlpha = png({ width: 2, depth: 8, colourType: 4, row: [10, 255, 200, 0] })
    expect([...(await decodeImage(grayAlpha)).data]).toEqual([10, 10, 10, 255, 255, 255])
  })

  test('16 bits a channel become 8, with and without transparency', async () => {
    const rgb = png({ width: 1, depth: 16, colourType: 2, row: [0xff, 0xff, 0x80, 0, 0, 0x7f] })
    expect([...(await decodeImage(rgb)).data]).toEqual([255, 128, 0])
    const clear = png({ width: 1, depth: 16, colourType: 6, row: [9, 9, 9, 9, 9, 9, 0, 0] })
    expect([...(await decodeImage(clear)).data]).toEqual([255, 255, 255])
    const gray = png({ width: 1, depth: 16, colourType: 0, row: [0x40, 0] })
    expect([...(await decodeImage(gray)).data]).toEqual([64, 64, 64])
  })

  test('a wide-gamut profile is converted to sRGB', async () => {
    const file = await flat([200, 40, 90]).withIccProfile('p3').png().toBuffer()
    expect((await sharp(file).metadata()).icc).toBeDefined()
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer()
    expect(Math.abs(stored[0]! - 200)).toBeGreaterThan(10)
    expectNear(await decodeImage(file), [200, 40, 90], 2)
  })

  test('a CMYK JPEG comes out in its colours, not inverted, with a profile and without', async () => {
    // Ink has no bright colours: the round trip through CMYK itself costs up to 20 levels.
    for (const file of [
      await flat([180, 60, 60]).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
      await flat([180, 60, 60]).withIccProfile('cmyk').jpeg({ quality: 95 }).toBuffer(),
    ]) {
      expect((await sharp(file).metadata()).space).toBe('cmyk')
      expectNear(await decodeImage(file), [180, 60, 60], 24)
    }
  })

  test('the first frame of an animated WebP is the picture', async () => {
    const frames = await Promise.all(
      [flat([255, 0, 0]), flat([0, 0, 255])].map((f) => f.png().toBuffer()),
    )
    const file = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer()
    expect((await sharp(file).metadata()).pages).toBe(2)
    const decoded = await decodeImage(file)
    expect([decoded.width, decoded.height]).toEqual([16, 16])
    expectNear(decoded, [255, 0, 0], 0)
  })

  test('a single pixel', async () => {
    const file = png({ width: 1, depth: 8, colourType: 2, row: [1, 2, 3] })
    expect(await decodeImage(file)).toEqual({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) })
  })
})

describe('what is refused', () => {
  test('256 megapixels in a quarter of a megabyte, before they are decoded', async () => {
    const bomb = png({ width: 16_000, height: 16_000, depth: 8, colourType: 0 })
    expect(bomb.length).toBeLessThan(300_000)
    const before = process.memoryUsage().rss
    await expect(decodeImage(bomb)).rejects.toMatchObject({
      code: 'image-too-large',
      message:
        'The picture has 16000 × 16000 = 256 million pixels; the limit is 25 million. Scale it down.',
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6)
  })

  test('one pixel over the limit, not one at it', async () => {
    const file = await flat([1, 2, 3]).png().toBuffer()
    await expect(decodeImage(file, { maxPixels: 256 })).resolves.toMatchObject({ width: 16 })
    await expect(decodeImage(file, { maxPixels: 255 })).rejects.toMatchObject({
      code: 'image-too-large',
    })
  })

  test.each(['jpeg', 'png', 'webp'] as const)('a %s cut short', async (format) => {
    const noise = Uint8Array.from(
      { length: 64 * 64 * 3 },
      (_, i) => Math.imul(i, 2654435761) >>> 24,
    )
    const raw = { raw: { width: 64, height: 64, channels: 3 } } as const
    const file = await sharp(noise, raw).toFormat(format).toBuffer()
    await expect(decodeImage(file)).resolves.toMatchObject({ width: 64, height: 64 })
    for (const share of [0.05, 0.5, 0.95]) {
      await expect(decodeImage(file.subarray(0, file.length * share))).rejects.toMatchObject({
        code: 'image-unreadable',
        message: expect.stringMatching(/^This (JPEG|PNG|WebP) is damaged or cut short/),
      })
    }
  })

  const ftyp = (brand: string) => `\0\0\0\x18ftyp${brand}\0\0\0\0mif1`
  test.each([
    ['an empty file', ''],
    ['an HTML page', '\n<!DOCTYPE html><html><body>Not found</body></html>'],
    [
      'an SVG drawing',
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    ],
    ['a PDF document', '%PDF-1.7\n'],
    ['a TIFF or camera raw picture', 'II*\0\x08\0\0\0\0\0'],
    ['a HEIC picture', ftyp('heic')],
    ['an AVIF picture', ftyp('avif')],
    ['an MP4 or QuickTime video', ftyp('isom')],
    ['JSON text', '{"error": "expired"}'],
    ['a ZIP archive', 'PK\x03\x04'],
  ])('%s, by that name', async (name, content) => {
    await expect(decodeImage(Buffer.from(content, 'latin1'))).rejects.toMatchObject({
      code: 'image-unreadable',
      message: `This is ${name}, not a picture that can be read. Save it as PNG, JPEG or WebP.`,
    })
  })

  test('a GIF, AVIF or TIFF that is perfectly good', async () => {
    const files = {
      'a GIF': await flat([1, 2, 3]).gif().toBuffer(),
      'an AVIF picture': await flat([1, 2, 3]).avif({ effort: 0 }).toBuffer(),
      'a TIFF or camera raw picture': await flat([1, 2, 3]).tiff().toBuffer(),
    }
    for (const [name, file] of Object.entries(files)) {
      await expect(decodeImage(file)).rejects.toThrow(`This is ${name}, not a picture`)
    }
  })

  test('bytes of no known kind', async () => {
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => (i * 37) & 255)
    await expect(decodeImage(bytes)).rejects.toMatchObject({
      code: 'image-unreadable',
      message: 'This is no known picture. Save it as PNG, JPEG or WebP.',
    })
  })
})

test('a path is no input to sharp once it is imported from here', async () => {
  // With the loader open this file is read: it is a picture and it is there.
  const photograph = fileURLToPath(new URL('../../examples/cat.jpg', import.meta.url))
  expect(existsSync(photograph)).toBe(true)
  await expect(sharp(photograph).metadata()).rejects.toThrow('unsupported image format')
})

/** 16 × 16 of one colour. */
function flat([r, g, b]: readonly [number, number, number]) {
  return sharp({ create: { width: 16, height: 16, channels: 3, background: { r, g, b } } })
}

function losslessWebp(
  data: Uint8Array,
  raw: { raw: { width: number; height: number; channels: 4 } },
) {
  return sharp(data, raw).webp({ lossless: true }).toBuffer()
}

function expectNear({ data }: RgbImage, colour: readonly number[], tolerance: number) {
  const centre = data.subarray(data.length / 2, data.length / 2 + 3)
  for (const [channel, value] of colour.entries()) {
    expect(Math.abs(centre[channel]! - value)).toBeLessThanOrEqual(tolerance)
  }
}

/** The picture as a camera held this way stores it (EXIF 2.32, 4.6.4, Orientation). */
function asStored(seen: RgbImage, orientation: number): RgbImage {
  const { width, height } = seen
  const isTurned = orientation >= 5
  const stored = isTurned ? { width: height, height: width } : { width, height }
  const data = new Uint8Array(seen.data.length)
  for (let row = 0; row < stored.height; row++) {
    for (let column = 0; column < stored.width; column++) {
      // Where row 0 and column 0 of the file belong in the picture as seen.
      const fromRight = [2, 3, 6, 7].includes(orientation)
      const fromBottom = [3, 4, 7, 8].includes(orientation)
      const x = isTurned ? row : column
      const y = isTurned ? column : row
      const seenX = fromRight ? width - 1 - x : x
      const seenY = fromBottom ? height - 1 - y : y
      const from = (seenY * width + seenX) * 3
      data.set(seen.data.subarray(from, from + 3), (row * stored.width + column) * 3)
    }
  }
  return { ...stored, data }
}

interface Png {
  readonly width: number
  readonly height?: number
  readonly depth: 8 | 16
  readonly colourType: 0 | 2 | 4 | 6
  /** Bytes of one row; black where left out. */
  readonly row?: readonly number[]
}

/** A PNG by hand, for what sharp will not write. */
function png({ width, height = 1, depth, colourType, row = [] }: Png): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colourType], 8)
  const scanline = row.length > 0 ? Buffer.from([0, ...row]) : Buffer.alloc(1 + width)
  const rows = height === 1 ? scanline : Buffer.alloc(scanline.length * height)
  const parts = [pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(rows)), pngChunk('IEND')]
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts])
}

function pngChunk(type: string, data = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
