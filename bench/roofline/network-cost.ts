/** What one run of a network of SDXL costs: operations and bytes, from the graph that is run. */
import type { Size } from '#contract'
import { census } from '#models/graph/census.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph, type Precision } from '#models/graph/graph.ts'
import { portable } from '#models/graph/portable.ts'
import { clipBigG, clipL, clipText } from '#models/networks/clip-text.ts'
import { sdxlUNet, unet } from '#models/networks/unet.ts'
import { sdxlVae, vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import type { NetworkName } from '#worker/engine/precision.ts'
import type { Device, WeightUse } from '#worker/engine/session.ts'

export interface Cost {
  /** Multiplications and additions. */
  readonly operations: number
  readonly weightBytes: number
  /** Between nodes, if nothing stayed in a cache. */
  readonly activationBytes: number
}

export interface CostOptions {
  /** Of the picture, in pixels; text encoders read one window of a prompt at any size. */
  readonly size: Size
  readonly device: Device
  readonly precision: Precision
  /** Weights in place are read from the checkpoint as it has them: in float16. */
  readonly weights: WeightUse
}

/** One window of a prompt. */
const PROMPT_LENGTH = 77
const PIXELS_PER_LATENT = 8

/** Of one sample. */
export function networkCost(network: NetworkName, options: CostOptions): Cost {
  const { size, device, precision, weights } = options
  const graph = new Graph(network, device === 'cuda' ? cuda : portable, precision)
  write[network](graph, size)
  const { operations, weightBytes, activationBytes } = census(graph, {
    promptLength: PROMPT_LENGTH,
  })
  const isRead = weights === 'in-place' && precision === 'float32' ? 0.5 : 1
  return { operations, weightBytes: weightBytes * isRead, activationBytes }
}

/** The cost of several runs, one after the other. */
export function added(costs: readonly Cost[]): Cost {
  const sum = (of: (cost: Cost) => number) => costs.reduce((total, cost) => total + of(cost), 0)
  return {
    operations: sum(({ operations }) => operations),
    weightBytes: sum(({ weightBytes }) => weightBytes),
    activationBytes: sum(({ activationBytes }) => activationBytes),
  }
}

const latents = ({ width, height }: Size) => ({
  width: width / PIXELS_PER_LATENT,
  height: height / PIXELS_PER_LATENT,
})

const write: Readonly<Record<NetworkName, (graph: Graph, size: Size) => void>> = {
  textEncoder: (graph) => clipText(graph, clipL),
  textEncoder2: (graph) => clipText(graph, clipBigG),
  unet: (graph, size) => unet(graph, sdxlUNet, latents(size)),
  vaeEncoder: (graph, size) => vaeEncoder(graph, sdxlVae, size),
  vaeDecoder: (graph, size) => vaeDecoder(graph, sdxlVae, latents(size)),
}
