/** Writes networks as graphs for a device, and opens them; closes them all together. */
import type { Part } from '#models/checkpoints/part.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph, type Precision } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { lowRank } from '#models/lora/low-rank.ts'
import type { AskedLora, ChosenLora } from '#models/lora/open-loras.ts'
import type { LatentSize } from '#models/networks/unet.ts'
import { type NetworkName, precisionOf, weightUse } from './precision.ts'
import { type Device, openSession, type Session, type WeightUse } from './session.ts'
import { type SizedSession, sizedSession } from './sized-session.ts'

export interface NetworkOptions {
  readonly device: Device
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /** By default what suits each network's size. */
  readonly weights?: WeightUse
  /** Sizes that each network is kept ready for, in a session each; 1 by default. */
  readonly sizesKept?: number
  /**
   * In which precision the VAE begins: given, or found by trying both. By default it is tried where the
   * device computes in half, and float32 elsewhere. Pictures that overflow make it float32 in any case.
   */
  readonly vae?: Precision | 'probe'
  /** Side in latents of the tiles that the VAE runs in when memory is short; by default half the UNet's own. */
  readonly tileSide?: number
  /** The VAE runs in tiles from the start; and where sessions hold weights of their own, never beside the UNet. */
  readonly frugal?: boolean
  /** Added to the networks in this order; none by default. */
  readonly loras?: readonly AskedLora[]
  /** Told each network before it is opened. */
  readonly onOpen?: (name: NetworkName) => void
}

export interface NetworkOpener extends AsyncDisposable {
  open<Config, Input extends string, Output extends string>(
    name: NetworkName,
    part: Part<Config>,
    write: (graph: Graph, config: Config) => void,
  ): Promise<Session<Input, Output>>
  /** For a network that is written for any size. Opened when it is first asked for. */
  sized<Config, Input extends string, Output extends string>(
    name: NetworkName,
    part: Part<Config>,
    network: SizedNetwork<Config>,
  ): SizedSession<Session<Input, Output>>
}

export interface SizedNetwork<Config> {
  /** `size` is in latents. */
  readonly write: (graph: Graph, config: Config, size: LatentSize) => void
  /** By default the device's own. */
  readonly precision?: Precision
}

const ANY_SIZE: LatentSize = { height: null, width: null }

export function networkOpener(
  options: NetworkOptions,
  loras: readonly ChosenLora[],
): NetworkOpener {
  const { device, onOpen, sizesKept = 1 } = options
  const lowering = device === 'cuda' ? cuda : portable
  const opened: AsyncDisposable[] = []

  async function openGraph<Input extends string, Output extends string>(
    name: NetworkName,
    weight: Part<unknown>['weight'],
    { write, precision = precisionOf(device) }: WrittenNetwork,
  ): Promise<Session<Input, Output>> {
    onOpen?.(name)
    const branches = lowRank(loras, name)
    const graph = new Graph(name, branches.words(lowering), precision)
    write(graph)
    const weights = options.weights ?? weightUse(graph, device)
    const model = toOnnx(graph, branches.weights(weight))
    return openSession<Input, Output>(model, { ...options, weights })
  }

  return {
    async open<Config, Input extends string, Output extends string>(
      name: NetworkName,
      { config, weight }: Part<Config>,
      write: (graph: Graph, config: Config) => void,
    ) {
      const written = { write: (graph: Graph) => write(graph, config) }
      const session = await openGraph<Input, Output>(name, weight, written)
      opened.push(session)
      return session
    },
    sized<Config, Input extends string, Output extends string>(
      name: NetworkName,
      { config, weight }: Part<Config>,
      { write, ...network }: SizedNetwork<Config>,
    ) {
      const openAny = () =>
        openGraph<Input, Output>(name, weight, {
          ...network,
          write: (graph) => write(graph, config, ANY_SIZE),
        })
      const session = sizedSession(openAny, sizesKept)
      opened.push(session)
      return session
    },
    async [Symbol.asyncDispose]() {
      for (const session of opened.splice(0)) await session[Symbol.asyncDispose]()
    },
  }
}

interface WrittenNetwork {
  readonly write: (graph: Graph) => void
  readonly precision?: Precision
}
