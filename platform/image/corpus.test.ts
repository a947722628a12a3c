/** Pictures as those who mean harm make them, beside the ones of `decode.test.ts`. */
import { crc32, deflateRawSync, deflateSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from './decode.ts'
import { encodeImage } from './encode.ts'
import { sharp } from './sharp.ts'

const SCRIPT = '<script>alert("owner")</script>'
const OWNER = 'Owner-of-this-camera'

let png: Buffer
let jpeg: Buffer
let webp: Buffer
beforeAll(async () => {
  const noise = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24)
  const picture = sharp(noise, { raw: { width: 16, height: 16, channels: 3 } })
  png = await picture.clone().png().toBuffer()
  jpeg = await picture.clone().jpeg().toBuffer()
  webp = await picture.clone().webp({ lossless: true }).toBuffer()
})

describe('a header that lies about the size', () => {
  it('of a PNG, a JPEG or a WebP gives no picture of that size (A26)', async () => {
    for (const [width, height] of [
      [4_000, 4_000],
      [16, 17],
    ] as const) {
      for (const file of [pngOf(png, width, height), jpegOf(jpeg, width, height)]) {
        expect(await endOf(file)).toBe('image-unreadable')
      }
    }
    const lying = Buffer.from(webp)
    // A lossless WebP has its width less one in the 14 bits after the signature 0x2f.
    lying.writeUInt32LE((lying.readUInt32LE(21) & ~0x3fff) | 8_000, 21)
    expect(await endOf(lying)).toBe('image-unreadable')
  })

  it('beyond what may be decoded is refused by it, unread (A26)', async () => {
    for (const file of [pngOf(png, 16_000, 16_000), jpegOf(jpeg, 16_000, 16_000)]) {
      expect(await endOf(file)).toBe('image-too-large')
    }
    for (const file of [pngOf(png, 0, 16), pngOf(png, 2 ** 31 - 1, 2 ** 31 - 1)]) {
      expect(await endOf(file)).toMatch(/^image-/)
    }
  })
})

describe('a file of two kinds', () => {
  it('is the picture that it begins as, and nothing of the other is in what is made of it (A26)', async () => {
    const archive = Buffer.concat([Buffer.from('PK\x03\x04'), deflateRawSync(SCRIPT)])
    const pictures = [
      Buffer.concat([png, Buffer.from(SCRIPT), archive]),
      Buffer.concat([png.subarray(0, 33), chunk('tEXt', `a\0${SCRIPT}`), png.subarray(33)]),
      Buffer.concat([jpeg, Buffer.from(SCRIPT)]),
      Buffer.concat([jpeg.subarray(0, 2), comment(SCRIPT), jpeg.subarray(2)]),
    ]
    for (const file of pictures) {
      const decoded = await decodeImage(file)
      expect([decoded.width, decoded.height]).toEqual([16, 16])
      for (const format of ['png', 'jpeg', 'webp'] as const) {
        const made = await encodeImage(decoded, { format })
        expect(Buffer.from(made).includes('alert')).toBe(false)
        expect(Buffer.from(made).includes('PK\x03\x04')).toBe(false)
      }
    }
  })

  it('that begins as another is refused, whatever picture is in it (A26)', async () => {
    const before = [
      '%PDF-1.7\n',
      'GIF89a/*',
      '<svg>',
      '\n<html>',
      'PK\x03\x04',
      'BM',
      '\0',
      '\xef\xbb\xbf',
    ]
    for (const start of before) {
      for (const file of [png, jpeg, webp]) {
        const both = Buffer.concat([Buffer.from(start, 'latin1'), file])
        expect(await endOf(both), start).toBe('image-unreadable')
      }
    }
    const magic = [png.subarray(0, 8), jpeg.subarray(0, 3), webp.subarray(0, 16)]
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    for (const start of magic) {
      const both = Buffer.concat([start, svg])
      expect(await endOf(both)).toBe('image-unreadable')
    }
  })
})

it('a picture of five channels is refused: only a TIFF can hold it (A26)', async () => {
  const extra = { raw: { width: 16, height: 16, channels: 1 } } as const
  const bands = [Buffer.alloc(256), Buffer.alloc(256)]
  const tiff = await sharp({
    create: { width: 16, height: 16, channels: 3, background: 'red' },
  })
    .joinChannel(bands, extra)
    .tiff()
    .toBuffer()
  expect((tiff[0] ?? 0) === 0x49 || (tiff[0] ?? 0) === 0x4d).toBe(true)
  await expect(decodeImage(tiff)).rejects.toThrow('This is a TIFF')
})

it('text that unpacks to 60 MB in a PNG is not unpacked for it (A26)', async () => {
  const bomb = chunk('zTXt', Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(6e7))]))
  const file = Buffer.concat([png.subarray(0, 33), bomb, png.subarray(33)])
  expect(file.length).toBeLessThan(100_000)
  const before = process.resourceUsage().maxRSS
  expect(['16 × 16', 'image-unreadable']).toContain(await endOf(file))
  expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(50e6)
})

it('whoever and wherever a photograph names is in nothing that is made of it (A26)', async () => {
  const gps = { GPSLatitude: '52/1 30/1 0/1', GPSLongitude: '13/1 24/1 0/1' }
  const file = await sharp(jpeg)
    .withExif({ IFD0: { Artist: OWNER, Copyright: OWNER }, IFD3: gps })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>${OWNER}</a></x:xmpmeta>`)
    .withIccProfile('p3')
    .jpeg()
    .toBuffer()
  for (const trace of [OWNER, 'Exif', 'xmpmeta', 'ICC_PROFILE']) {
    expect(file.includes(trace), trace).toBe(true)
  }
  const decoded = await decodeImage(file)
  for (const format of ['png', 'jpeg', 'webp'] as const) {
    const made = Buffer.from(await encodeImage(decoded, { format }))
    for (const trace of [OWNER, 'Exif', 'xmpmeta', 'ICC_PROFILE', 'iCCP', 'eXIf']) {
      expect(made.includes(trace), `${trace} in ${format}`).toBe(false)
    }
    const { exif, icc, xmp } = await sharp(made).metadata()
    expect([exif, icc, xmp]).toEqual([undefined, undefined, undefined])
  }
})

/** The code that it is refused with, else its size: a picture that was let in would be too much to print. */
function endOf(file: Buffer): Promise<string> {
  return decodeImage(file).then(
    ({ width, height }) => `${width} × ${height}`,
    (error) => error.code,
  )
}

/** The same with another size in its header, and the checksum to go with it. */
function pngOf(file: Buffer, width: number, height: number): Buffer {
  const other = Buffer.from(file)
  other.writeUInt32BE(width, 16)
  other.writeUInt32BE(height, 20)
  other.writeUInt32BE(crc32(other.subarray(12, 29)), 29)
  return other
}

/** The same with another size in its frame header. */
function jpegOf(file: Buffer, width: number, height: number): Buffer {
  const other = Buffer.from(file)
  const frame = other.indexOf(Buffer.from([0xff, 0xc0]))
  other.writeUInt16BE(height, frame + 5)
  other.writeUInt16BE(width, frame + 7)
  return other
}

function chunk(type: string, data: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(data)])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(body.length - 4, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

function comment(text: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, 0])
  head.writeUInt16BE(text.length + 2, 2)
  return Buffer.concat([head, Buffer.from(text)])
}
