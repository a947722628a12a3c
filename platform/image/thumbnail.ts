/** The small picture that lists show: sharp's, because its threads leave a process free to beat and to answer. */

import type { RgbImage } from '#contract'
import { type Provenance, xmpPacket } from '../provenance/xmp-packet.ts'
import { sharp } from './sharp.ts'

const LONGEST_SIDE = 256

/** WebP whose longer side has 256 pixels, enlarged where it must be, as today's readers expect. */
export async function thumbnailOf(
  { width, height, data }: RgbImage,
  provenance: Provenance,
): Promise<Uint8Array> {
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside', kernel: 'lanczos3' })
    .withXmp(xmpPacket(provenance))
    .webp({ quality: 85 })
    .toBuffer()
}
