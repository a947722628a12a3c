/** What a VAE's decoder gives, in about [-1, 1], as the bytes of a picture. */

export const toPixels = (image: Float32Array): Uint8Array =>
  Uint8Array.from(image, (x) => Math.round(255 * Math.min(1, Math.max(0, (x + 1) / 2))))
