/** A glimpse of a picture while it is made: latents to colour by one fixed linear map, no VAE. */
import type { RgbImage } from '#contract'
import type { LatentArea } from './networks.ts'

/** Red, green and blue that one unit of each latent channel adds: fitted to SDXL's VAE, as ComfyUI has it. */
const COLOURS = [
  [0.3651, 0.4232, 0.4341],
  [-0.2533, -0.0042, 0.1068],
  [0.1076, 0.1111, -0.0362],
  [-0.3165, -0.2492, -0.2188],
] as const
const BASE = [0.1084, -0.0175, -0.0011] as const

/** One pixel a latent. `denoised` [4, height, width] is scaled as the UNet knows latents. */
export function preview(denoised: Float32Array, { width, height }: LatentArea): RgbImage {
  const area = width * height
  const data = new Uint8ClampedArray(area * 3)
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) {
      let value = BASE[channel] ?? 0
      COLOURS.forEach((colour, latent) => {
        value += (colour[channel] ?? 0) * (denoised[latent * area + i] ?? 0)
      })
      data[i * 3 + channel] = (value + 1) * 127.5
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) }
}
