/** The smallest run that touches every network once, so that a first picture does not pay for it. */
import { plan } from '#contract'
import { downscale } from '#models/networks/vae.ts'
import type { GenerationRequest } from '#pipeline/generate.ts'
import type { Networks } from '#pipeline/networks.ts'

/** At the network's own size, with guidance, one evaluation. */
export function warmUpRequest({ unet, vae }: Networks): GenerationRequest {
  const side = unet.sampleSize * downscale(vae)
  const reference = { width: side, height: side, data: new Uint8Array(side * side * 3).fill(128) }
  return {
    ...plan('modify', { steps: 1, denoiseStrength: 1 }, 0),
    width: side,
    height: side,
    reference,
  }
}
