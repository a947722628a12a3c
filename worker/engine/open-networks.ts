/** A checkpoint as running networks: each written as a graph, and opened on its weights where they lie. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import type { Part } from '#models/checkpoints/part.ts'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { clipText } from '#models/networks/clip-text.ts'
import { unet } from '#models/networks/unet.ts'
import { downscale, vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import { BIG_G_PAD, loadClipTokenizer } from '#models/tokenizers/clip.ts'
import type { Networks } from '#pipeline/networks.ts'
import { type NetworkName, precisionOf, weightUse } from './precision.ts'
import { type Device, type Feed, openSession, type Session, type WeightUse } from './session.ts'
import { type TextEncoderSession, textEncoderOf } from './text-encoder-session.ts'

export interface NetworkOptions {
  readonly device: Device
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /** By default what suits each network's size. */
  readonly weights?: WeightUse
  /** Told each network before it is opened. */
  readonly onOpen?: (name: NetworkName) => void
}

type UNetSession = Session<'sample' | 'timestep' | 'prompt' | 'conditioning' | 'guidance', 'noise'>

export async function openNetworks(
  checkpoint: Checkpoint,
  options: NetworkOptions,
): Promise<Networks & AsyncDisposable> {
  const { device, onOpen } = options
  const { unet: denoiser, vae, textEncoder, textEncoder2, tokenizers } = checkpoint
  const opened: AsyncDisposable[] = []
  const close = async () => {
    for (const session of opened.splice(0)) await session[Symbol.asyncDispose]()
  }

  /** Writes one network and opens it. */
  async function open<Config, Input extends string, Output extends string>(
    name: NetworkName,
    { config, weight }: Part<Config>,
    write: (graph: Graph, config: Config) => void,
  ): Promise<Session<Input, Output>> {
    onOpen?.(name)
    const graph = new Graph(name, portable, precisionOf(name, device, vae.config))
    write(graph, config)
    const weights = options.weights ?? weightUse(graph, device)
    const session = await openSession<Input, Output>(toOnnx(graph, weight), { ...options, weights })
    opened.push(session)
    return session
  }

  try {
    const first: TextEncoderSession = await open('textEncoder', textEncoder, clipText)
    const second: TextEncoderSession = await open('textEncoder2', textEncoder2, clipText)
    const denoise: UNetSession = await open('unet', denoiser, at(unet))
    const encode: Session<'image', 'moments'> = await open('vaeEncoder', vae, at(vaeEncoder))
    const decode: Session<'latents', 'image'> = await open('vaeDecoder', vae, at(vaeDecoder))

    const { latentChannels, imageChannels } = vae.config
    const pixels = downscale(vae.config)
    return {
      unet: denoiser.config,
      vae: vae.config,
      scheduler: checkpoint.scheduler,
      zeroEmptyNegative: checkpoint.zeroEmptyNegative,
      textEncoders: [
        textEncoderOf(first, textEncoder.config, tokenizer(tokenizers?.first)),
        textEncoderOf(second, textEncoder2.config, tokenizer(tokenizers?.second, BIG_G_PAD)),
      ],
      async predictNoise({ sample, timestep, prompt, conditioning, guidance }, { height, width }) {
        const { contextWidth } = denoiser.config
        const { noise } = await denoise.run({
          sample: { data: sample, shape: [1, latentChannels, height, width] },
          timestep: row(timestep),
          prompt: { data: prompt, shape: [1, prompt.length / contextWidth, contextWidth] },
          conditioning: row(conditioning),
          ...(guidance && { guidance: row(guidance) }),
        })
        return noise
      },
      async encodeImage(image, { height, width }) {
        const shape = [1, imageChannels, height * pixels, width * pixels]
        return (await encode.run({ image: { data: image, shape } })).moments
      },
      async decodeLatents(latents, { height, width }) {
        const shape = [1, latentChannels, height, width]
        return (await decode.run({ latents: { data: latents, shape } })).image
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Sides are left to run time, so that one session serves every size. */
const at =
  <Config>(write: (graph: Graph, config: Config, area: { height: null; width: null }) => void) =>
  (graph: Graph, config: Config): void =>
    write(graph, config, { height: null, width: null })

const row = (data: Float32Array): Feed => ({ data, shape: [1, data.length] })

const tokenizer = (folder: string | undefined, pad?: string) =>
  loadClipTokenizer({ ...(folder && { folder }), ...(pad && { pad }) })
