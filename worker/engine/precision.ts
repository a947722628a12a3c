/** In which precision each network computes, and what becomes of its weights: decided here, for all. */
import type { Graph, Precision } from '#models/graph/graph.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import type { Device, WeightUse } from './session.ts'

export type NetworkName = 'textEncoder' | 'textEncoder2' | 'unet' | 'vaeEncoder' | 'vaeDecoder'

/**
 * float32 on a CPU, which has no half arithmetic; float16 on a GPU, but for a VAE that is not known to
 * stay finite in it: the original SDXL VAE overflows to a black picture.
 */
export function precisionOf(name: NetworkName, device: Device, vae: VaeConfig): Precision {
  if (device === 'cpu') return 'float32'
  return name.startsWith('vae') && !vae.halfSafe ? 'float32' : 'float16'
}

/** Above it, preparing weights on a CPU costs more time and memory than a picture gets back. */
const MOST_PREPARED = 2 ** 28

/** Large networks run in place on a CPU; a GPU has its own copy of the weights in any case. */
export function weightUse({ parameters }: Graph, device: Device): WeightUse {
  if (device !== 'cpu') return 'prepared'
  let count = 0
  for (const { shape } of parameters.values()) count += shape.reduce((all, side) => all * side, 1)
  return count > MOST_PREPARED ? 'in-place' : 'prepared'
}
