/** The smallest run that touches every network once, so that a first picture does not pay for it. */
import { plan } from '#contract'
import { downscale } from '#models/networks/vae.ts'
import type { GenerationRequest } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'
import type { Size } from './messages.ts'

/**
 * With guidance, one evaluation; at the network's own size by default. The VAE runs as it would for a
 * picture of that size, in tiles where it does.
 */
export function warmUpRequest({ unet, vae }: Networks, size?: Size): GenerationRequest {
  const side = unet.sampleSize * downscale(vae)
  const { width, height } = size ?? { width: side, height: side }
  const reference = { width, height, data: new Uint8Array(width * height * 3).fill(128) }
  return { ...plan('modify', { steps: 1, denoiseStrength: 1 }, 0), width, height, reference }
}
