/** A glimpse of a picture while it is made: latents to colour by one fixed linear map, no VAE. */
import type { RgbImage } from '#contract'
import type { LatentArea } from './networks.ts'

/**
 * What one unit of each latent channel adds to red, green and blue, and what is there without any: fitted to
 * SDXL's VAE, as ComfyUI has it.
 */
const COLOURS = [
  { base: 0.1084, latents: [0.3651, -0.2533, 0.1076, -0.3165] },
  { base: -0.0175, latents: [0.4232, -0.0042, 0.1111, -0.2492] },
  { base: -0.0011, latents: [0.4341, 0.1068, -0.0362, -0.2188] },
] as const

/** One pixel a latent. `denoised` [4, height, width] is scaled as the UNet knows latents. */
export function preview(denoised: Float32Array, { width, height }: LatentArea): RgbImage {
  const area = width * height
  const data = new Uint8ClampedArray(area * 3)
  for (const [channel, { base, latents }] of COLOURS.entries()) {
    const [a, b, c, d] = latents
    for (let i = 0; i < area; i++) {
      const value =
        base +
        a * denoised[i]! +
        b * denoised[area + i]! +
        c * denoised[2 * area + i]! +
        d * denoised[3 * area + i]!
      data[i * 3 + channel] = (value + 1) * 127.5
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) }
}
