/** A picture that packs about as well as a photograph: a gradient under noise of four bits. */
import type { RgbImage } from '#contract'

/** 1.9 MB as a PNG at 1024². */
export function noisyPicture(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3)
  let noise = 1
  for (let at = 0; at < data.length; at++) {
    // Marsaglia's xorshift.
    noise ^= noise << 13
    noise ^= noise >>> 17
    noise ^= noise << 5
    const gradient = (224 * Math.floor(at / (width * 3))) / height
    data[at] = gradient + (noise >>> 28)
  }
  return { width, height, data }
}
