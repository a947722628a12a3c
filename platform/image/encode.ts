/** Pixels into a PNG, WebP or JPEG that says in its metadata how it was made. */

import { assertRgbImage, Failure, type RgbImage } from '#contract'
import { type Provenance, xmpPacket } from '../provenance/xmp-packet.ts'
import { a1111Text } from './a1111-text.ts'
import { placeholderOf, withComment } from './exif-unicode.ts'
import type { PictureFormat } from './picture-format.ts'
import { withPngText, XMP_KEYWORD } from './png-text.ts'
import { sharp } from './sharp.ts'

export interface Encoding {
  readonly format: PictureFormat
  /** What really ran, as a JSON object; `readParameters` reads it back, and `a1111Text` others. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** Where the picture comes from, for everybody who has it. */
  readonly provenance?: Provenance
  /** 1 to 100, by default 92 for JPEG and 90 for WebP; PNG is lossless and has none. */
  readonly quality?: number
}

/** Where a PNG keeps the JSON; the web UI's text is under its own keyword. */
export const PNG_KEYWORD = 'i2i'

/** EXIF in a JPEG is one segment of 64 KiB; this leaves room for the directory around it. */
const MAX_EXIF_TEXT = 60_000

/**
 * Encodes sRGB pixels. No other metadata is written: nothing of a reference picture survives.
 * Throws `request-invalid` for a quality out of range, or parameters too long for EXIF.
 */
export async function encodeImage(image: RgbImage, encoding: Encoding): Promise<Uint8Array> {
  assertRgbImage(image)
  const { format, parameters, provenance, quality } = encoding
  checkQuality(quality)
  const { width, height, data } = image
  const pixels = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })

  if (format === 'png') {
    // Filters chosen row by row halve a photograph's PNG.
    const png = await pixels.png({ compressionLevel: 6, adaptiveFiltering: true }).toBuffer()
    const texts = pngTexts(parameters, provenance)
    return texts.size === 0 ? png : withPngText(png, texts)
  }
  if (provenance !== undefined) pixels.withXmp(xmpPacket(provenance))
  const comment = parameters === undefined ? '' : a1111Text(parameters)
  if (parameters !== undefined) pixels.withExif(exifOf(parameters, placeholderOf(comment)))
  const file =
    format === 'webp'
      ? pixels.webp({ quality: quality ?? 90 })
      : pixels.jpeg({ quality: quality ?? 92, chromaSubsampling: '4:4:4' })
  return withComment(await file.toBuffer(), comment)
}

function checkQuality(quality: number | undefined): void {
  if (quality === undefined) return
  if (Number.isInteger(quality) && quality >= 1 && quality <= 100) return
  const message = `The quality ${quality} is not a whole number from 1 to 100.`
  throw new Failure('request-invalid', message)
}

function pngTexts(
  parameters: Encoding['parameters'],
  provenance: Provenance | undefined,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  if (parameters !== undefined) {
    texts.set('parameters', a1111Text(parameters))
    texts.set(PNG_KEYWORD, JSON.stringify(parameters))
  }
  if (provenance !== undefined) texts.set(XMP_KEYWORD, xmpPacket(provenance))
  return texts
}

function exifOf(parameters: Readonly<Record<string, unknown>>, comment: string) {
  const json = escaped(JSON.stringify(parameters))
  if (json.length + comment.length > MAX_EXIF_TEXT) {
    const message = 'The parameters are too long for a JPEG or WebP. Save the picture as PNG.'
    throw new Failure('request-invalid', message)
  }
  return { IFD0: { ImageDescription: json }, IFD2: { UserComment: comment } }
}

/** JSON in ASCII, which is all that EXIF's ImageDescription may hold. */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
