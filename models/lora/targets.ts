/** What a LoRA can adapt in a checkpoint: every linear layer and convolution of its UNet and text encoders. */
import type { Checkpoint } from '../checkpoints/checkpoint.ts'
import { Graph } from '../graph/graph.ts'
import type { Lowering } from '../graph/lowering.ts'
import { portable } from '../graph/portable.ts'
import { clipText } from '../networks/clip-text.ts'
import { unet } from '../networks/unet.ts'

export const loraNetworks = ['unet', 'textEncoder', 'textEncoder2'] as const
export type LoraNetwork = (typeof loraNetworks)[number]

export interface LoraTarget {
  readonly network: LoraNetwork
  /** Its diffusers or transformers name, which ends in `.weight`. */
  readonly weight: string
  /** [out, in], or [out, in, kernel, kernel]. */
  readonly shape: readonly number[]
}

/** The networks that a LoRA may adapt; only their configurations are looked at. */
export type AdaptableParts = {
  readonly [Network in LoraNetwork]: Pick<Checkpoint[Network], 'config'>
}

/** Asks the described networks themselves, so that there is no second list of their layers. */
export function loraTargets(parts: AdaptableParts): LoraTarget[] {
  const anySize = { height: null, width: null }
  const writers: Readonly<Record<LoraNetwork, (graph: Graph) => void>> = {
    unet: (graph) => unet(graph, parts.unet.config, anySize),
    textEncoder: (graph) => clipText(graph, parts.textEncoder.config),
    textEncoder2: (graph) => clipText(graph, parts.textEncoder2.config),
  }
  return loraNetworks.flatMap((network) => targetsOf(network, writers[network]))
}

function targetsOf(network: LoraNetwork, write: (graph: Graph) => void): LoraTarget[] {
  const adaptable = new Set<string>()
  const noted: Lowering = {
    ...portable,
    linear(x, weight, bias) {
      adaptable.add(weight.name)
      return portable.linear(x, weight, bias)
    },
    conv2d(x, weight, bias, options) {
      adaptable.add(weight.name)
      return portable.conv2d(x, weight, bias, options)
    },
  }
  const graph = new Graph(network, noted)
  write(graph)
  return [...graph.parameters]
    .filter(([name]) => adaptable.has(name))
    .map(([weight, { shape }]) => ({ network, weight, shape }))
}
