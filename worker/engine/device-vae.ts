/** A VAE that finds out how it can run, in half precision or single, whole or in tiles, and remembers it. */
import type { Part } from '#models/checkpoints/part.ts'
import type { Precision } from '#models/graph/graph.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import { allFinite } from '#pipeline/all-finite.ts'
import type { Autoencoder, LatentArea, VaeUse } from '#pipeline/networks.ts'
import type { NetworkOpener } from './network-opener.ts'
import { type Probed, probeVae } from './vae-probe.ts'
import { vaeSessions } from './vae-sessions.ts'
import { type Tiling, vaeTiles } from './vae-tiles.ts'

export interface DeviceVae extends Autoencoder {
  use(area: LatentArea): VaeUse
  /** Opens now what serves every size. */
  prepare(): Promise<void>
  /** Gives its memory back; what is asked next opens it anew. */
  close(): Promise<void>
}

export interface DeviceVaeOptions {
  readonly precision: Precision | 'probe'
  readonly tiling: Tiling
}

export async function openVae(
  opener: NetworkOpener,
  part: Part<VaeConfig>,
  { precision, tiling }: DeviceVaeOptions,
): Promise<DeviceVae> {
  const open = (precision: Precision) => vaeSessions(opener, part, precision)
  // A tile is probed: overflow is a matter of weights and hardly of size, and a tile fits wherever anything does.
  const tile = { height: tiling.side, width: tiling.side }
  let chosen: Probed =
    precision === 'probe' ? await probeVae(open, part.config, tile) : { sessions: open(precision) }
  const tiles = vaeTiles(part.config, tiling)

  /** A picture that overflows in half is done again in single, and so are all after it. */
  async function run(direction: keyof Autoencoder, data: Float32Array, area: LatentArea) {
    const { sessions } = chosen
    const answer = await tiles.around(sessions)[direction](data, area)
    const isSound = sessions.precision === 'float32' || allFinite(answer)
    if (isSound || !allFinite(data)) return answer
    await sessions.close()
    chosen = { sessions: open('float32'), note: 'A picture overflowed in float16.' }
    return tiles.around(chosen.sessions)[direction](data, area)
  }

  return {
    encodeImage: (image, area) => run('encodeImage', image, area),
    decodeLatents: (latents, area) => run('decodeLatents', latents, area),
    use(area) {
      const { sessions, note } = chosen
      return { precision: sessions.precision, tiled: tiles.serves(area), ...(note && { note }) }
    },
    prepare: () => chosen.sessions.prepare(),
    close: () => chosen.sessions.close(),
  }
}
