/** A stranger's JPEG, PNG or WebP into upright sRGB pixels, or a refusal that says why not. */

import { assertRgbImage, Failure, type RgbImage } from '#contract'
import { inspectImage, unreadable } from './inspect.ts'
import { sharp } from './sharp.ts'

export interface DecodeLimits {
  /** Width times height; 25 million is a 5000 × 5000 picture, 75 MB decoded. */
  readonly maxPixels?: number
  /** Whole seconds of decoding before it is given up. */
  readonly timeoutSeconds?: number
}

/**
 * Decodes a still picture, or the first frame of an animated one. EXIF orientation is applied,
 * transparency is matted on white, and any colour space or depth becomes 8-bit sRGB.
 *
 * Throws `image-unreadable` for what is no JPEG, PNG or WebP, is damaged, or takes too long, and
 * `image-too-large` above `maxPixels`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { maxPixels = 25_000_000, timeoutSeconds = 20 }: DecodeLimits = {},
): Promise<RgbImage> {
  const { width, height } = await inspectImage(bytes)
  if (width * height > maxPixels) throw tooLarge(width, height, maxPixels)

  const decoding = sharp(bytes, {
    limitInputPixels: maxPixels,
    limitInputChannels: 4, // CMYK has as many as RGBA.
    failOn: 'warning',
    pages: 1,
  })
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .timeout({ seconds: timeoutSeconds })
    .raw({ depth: 'uchar' })

  const { data, info } = await decoding.toBuffer({ resolveWithObject: true }).catch((cause) => {
    throw isTimeout(cause) ? tooSlow(timeoutSeconds, cause) : unreadable(bytes, cause)
  })
  // A plain view of sharp's buffer: up to 75 MB are not worth a copy.
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
  const image = { width: info.width, height: info.height, data: pixels }
  assertRgbImage(image)
  return image
}

function tooLarge(width: number, height: number, maxPixels: number): Failure {
  const pixels = `${width} × ${height} = ${millions(width * height)} million pixels`
  const limit = `the limit is ${millions(maxPixels)} million`
  return new Failure('image-too-large', `The picture has ${pixels}; ${limit}. Scale it down.`)
}

const millions = (count: number): string => String(Math.ceil(count / 1e5) / 10)

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('timeout')
}

function tooSlow(seconds: number, cause: unknown): Failure {
  const message = `The picture took more than ${seconds} s to decode. Save it again, or smaller.`
  return new Failure('image-unreadable', message, { cause })
}
