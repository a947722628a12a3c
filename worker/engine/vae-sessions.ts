/** The VAE in one precision: its two sessions, opened and closed together. */
import type { Part } from '#models/checkpoints/part.ts'
import type { Graph, Precision } from '#models/graph/graph.ts'
import type { LatentSize } from '#models/networks/unet.ts'
import { downscale, type VaeConfig, vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import type { Autoencoder } from '#pipeline/networks.ts'
import type { NetworkOpener } from './network-opener.ts'
import type { Session } from './session.ts'
import type { SizedSession } from './sized-session.ts'

export interface VaeSessions extends Autoencoder {
  readonly precision: Precision
  /** Opens now what serves every size. */
  prepare(): Promise<void>
  /** Gives their memory back; what is asked next opens them anew. */
  close(): Promise<void>
}

/** Nothing is opened before it is needed. */
export function vaeSessions(
  opener: NetworkOpener,
  vae: Part<VaeConfig>,
  precision: Precision,
): VaeSessions {
  const { imageChannels, latentChannels } = vae.config
  const pixels = downscale(vae.config)
  const encoder: SizedSession<Session<'image', 'moments'>> = opener.sized('vaeEncoder', vae, {
    write: writeEncoder,
    precision,
  })
  const decoder: SizedSession<Session<'latents', 'image'>> = opener.sized('vaeDecoder', vae, {
    write: vaeDecoder,
    precision,
  })
  return {
    precision,
    async prepare() {
      await encoder.prepare()
      await decoder.prepare()
    },
    async close() {
      await encoder.close()
      await decoder.close()
    },
    async encodeImage(data, area) {
      const session = await encoder.of(area)
      const shape = [1, imageChannels, area.height * pixels, area.width * pixels]
      return (await session.run({ image: { data, shape } })).moments
    },
    async decodeLatents(data, area) {
      const session = await decoder.of(area)
      const shape = [1, latentChannels, area.height, area.width]
      return (await session.run({ latents: { data, shape } })).image
    },
  }
}

/** The encoder's sides are pixels. */
function writeEncoder(graph: Graph, config: VaeConfig, { height, width }: LatentSize): void {
  const pixels = downscale(config)
  const inPixels = (side: number | null) => side && side * pixels
  vaeEncoder(graph, config, { height: inPixels(height), width: inPixels(width) })
}
