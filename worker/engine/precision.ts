/** In which precision each network computes, and what becomes of its weights: decided here, but for the VAE's precision. */
import type { Graph, Precision } from '#models/graph/graph.ts'
import type { Device, WeightUse } from './session.ts'

export type NetworkName = 'textEncoder' | 'textEncoder2' | 'unet' | 'vaeEncoder' | 'vaeDecoder'

/** Half on a GPU; a CPU has no half arithmetic. Of a VAE this is the hope, and vae-probe.ts the judge. */
export const precisionOf = (device: Device): Precision => (device === 'cpu' ? 'float32' : 'float16')

/** Above it, preparing weights on a CPU costs more time and memory than a picture gets back. */
const MOST_PREPARED = 2 ** 28

/** Large networks run in place on a CPU; a GPU has its own copy of the weights in any case. */
export function weightUse({ parameters }: Graph, device: Device): WeightUse {
  if (device !== 'cpu') return 'prepared'
  let count = 0
  for (const { shape } of parameters.values()) count += shape.reduce((all, side) => all * side, 1)
  return count > MOST_PREPARED ? 'in-place' : 'prepared'
}

/** Whether a session holds a copy of its weights, rather than reading the file's pages. */
export const keepsWeights = ({ device, weights }: Asked): boolean =>
  device !== 'cpu' || weights === 'prepared'

interface Asked {
  readonly device: Device
  readonly weights?: WeightUse
}
