/** Writes networks as graphs for a device, and opens them; closes them all together. */
import type { Part } from '#models/checkpoints/part.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { lowRank } from '#models/lora/low-rank.ts'
import type { AskedLora, ChosenLora } from '#models/lora/open-loras.ts'
import type { LatentSize } from '#models/networks/unet.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import { type NetworkName, precisionOf, weightUse } from './precision.ts'
import { type Device, openSession, type Session, type WeightUse } from './session.ts'
import { anySize, oneSize, type SizedSession } from './sized-session.ts'

export interface NetworkOptions {
  readonly device: Device
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /** By default what suits each network's size. */
  readonly weights?: WeightUse
  /**
   * Whether a session is for one size of picture, or leaves sides to run time. Known by default on CUDA,
   * where convolutions are planned for one shape at a time.
   */
  readonly sides?: 'known' | 'open'
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
  /** For a network that is written for a size, in latents. */
  openSized<Config, Input extends string, Output extends string>(
    name: NetworkName,
    part: Part<Config>,
    write: (graph: Graph, config: Config, size: LatentSize) => void,
  ): Promise<SizedSession<Session<Input, Output>>>
}

const ANY_SIZE: LatentSize = { height: null, width: null }

export function networkOpener(
  vae: VaeConfig,
  options: NetworkOptions,
  loras: readonly ChosenLora[],
): NetworkOpener {
  const { device, onOpen, sides = device === 'cuda' ? 'known' : 'open' } = options
  const lowering = device === 'cuda' ? cuda : portable
  const opened: AsyncDisposable[] = []

  async function openGraph<Input extends string, Output extends string>(
    name: NetworkName,
    weight: Part<unknown>['weight'],
    write: (graph: Graph) => void,
  ): Promise<Session<Input, Output>> {
    onOpen?.(name)
    const branches = lowRank(loras, name)
    const graph = new Graph(name, branches.words(lowering), precisionOf(name, device, vae))
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
      const session = await openGraph<Input, Output>(name, weight, (graph) => write(graph, config))
      opened.push(session)
      return session
    },
    async openSized<Config, Input extends string, Output extends string>(
      name: NetworkName,
      { config, weight }: Part<Config>,
      write: (graph: Graph, config: Config, size: LatentSize) => void,
    ) {
      const openFor = (size: LatentSize) =>
        openGraph<Input, Output>(name, weight, (graph) => write(graph, config, size))
      const session = sides === 'known' ? oneSize(openFor) : anySize(await openFor(ANY_SIZE))
      opened.push(session)
      return session
    },
    async [Symbol.asyncDispose]() {
      for (const session of opened.splice(0)) await session[Symbol.asyncDispose]()
    },
  }
}
