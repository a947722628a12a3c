/** A glimpse of a picture that is still being drawn, small enough to be sent twice a second. */
import { MOST_PREVIEW_BYTES, type RgbImage } from '#contract'
import { sharp } from './sharp.ts'

/** Those of a 1024 × 1024 picture's latents; noise of this area, the worst there is, stays below the limit. */
const MOST_PIXELS = 128 * 128

/** A JPEG of `MOST_PREVIEW_BYTES` at most; undefined for what does not fit into that. Keeps the aspect. */
export async function previewOf({ width, height, data }: RgbImage): Promise<Buffer | undefined> {
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)))
  const sideOf = (pixels: number) => Math.max(1, Math.floor(pixels * scale))
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(sideOf(width), sideOf(height), { fit: 'fill' })
    .jpeg({ quality: 60 })
    .toBuffer()
  return jpeg.length <= MOST_PREVIEW_BYTES ? jpeg : undefined
}
