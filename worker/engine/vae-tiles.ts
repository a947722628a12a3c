/** Whether a VAE runs on whole pictures or in tiles: whole, until memory runs out on one. */
import { messageOf } from '#contract'
import type { VaeConfig } from '#models/networks/vae.ts'
import type { Autoencoder, LatentArea } from '#pipeline/networks.ts'
import { inTiles, spansTiles } from '#pipeline/tiling.ts'
import { isOutOfMemory } from '#platform/child/out-of-memory.ts'
import type { VaeSessions } from './vae-sessions.ts'

export interface VaeTiles {
  /** The sessions on whole pictures where these fit, else in tiles. Throws where memory has no room for a tile either. */
  around(sessions: VaeSessions): Autoencoder
  /** Whether encoding or decoding takes pictures of that size in tiles now. */
  serves(area: LatentArea): boolean
}

export interface Tiling {
  /** Of a tile, in latents. */
  readonly side: number
  /** From the first picture on. */
  readonly always: boolean
}

type Direction = keyof Autoencoder

export function vaeTiles(config: VaeConfig, { side, always }: Tiling): VaeTiles {
  const atFirst = always ? 0 : Number.POSITIVE_INFINITY
  /** The least picture, in latents, that each direction found no memory for. */
  const tooLarge = { encodeImage: atFirst, decodeLatents: atFirst }
  const isTiled = (direction: Direction, area: LatentArea) =>
    spansTiles(area, side) && sizeOf(area) >= tooLarge[direction]

  const run =
    (direction: Direction, sessions: VaeSessions) =>
    async (data: Float32Array, area: LatentArea): Promise<Float32Array> => {
      if (!isTiled(direction, area)) {
        try {
          return await sessions[direction](data, area)
        } catch (error) {
          if (!spansTiles(area, side) || !isOutOfMemory(messageOf(error))) throw error
          await sessions.close()
          tooLarge[direction] = sizeOf(area)
        }
      }
      return inTiles(sessions, config, side)[direction](data, area)
    }

  return {
    around: (sessions) => ({
      encodeImage: run('encodeImage', sessions),
      decodeLatents: run('decodeLatents', sessions),
    }),
    serves: (area) => isTiled('encodeImage', area) || isTiled('decodeLatents', area),
  }
}

const sizeOf = ({ height, width }: LatentArea): number => height * width
