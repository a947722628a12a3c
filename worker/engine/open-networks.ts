/** A checkpoint as running networks, on its weights where they lie. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import type { Graph } from '#models/graph/graph.ts'
import { openLoras } from '#models/lora/open-loras.ts'
import { clipText } from '#models/networks/clip-text.ts'
import { type LatentSize, unet } from '#models/networks/unet.ts'
import { downscale, type VaeConfig, vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'
import { BIG_G_PAD, loadClipTokenizer } from '#models/tokenizers/clip.ts'
import type { LatentArea, Networks } from '#pipeline/networks.ts'
import { type NetworkOpener, type NetworkOptions, networkOpener } from './network-opener.ts'
import type { Feed, Session } from './session.ts'
import type { SizedSession } from './sized-session.ts'
import { type TextEncoderSession, textEncoderOf } from './text-encoder-session.ts'

type UNetInput = 'sample' | 'timestep' | 'prompt' | 'conditioning' | 'guidance'

export async function openNetworks(
  checkpoint: Checkpoint,
  options: NetworkOptions,
): Promise<Networks & AsyncDisposable> {
  const loras = await openLoras(checkpoint, options.loras ?? [])
  const opener = networkOpener(checkpoint.vae.config, options, loras)
  try {
    const networks = await open(checkpoint, opener)
    return { ...networks, [Symbol.asyncDispose]: () => opener[Symbol.asyncDispose]() }
  } catch (error) {
    await opener[Symbol.asyncDispose]()
    throw error
  }
}

async function open(checkpoint: Checkpoint, opener: NetworkOpener): Promise<Networks> {
  const { textEncoder, textEncoder2, vae, tokenizers } = checkpoint
  const first: TextEncoderSession = await opener.open('textEncoder', textEncoder, clipText)
  const second: TextEncoderSession = await opener.open('textEncoder2', textEncoder2, clipText)
  const denoise: SizedSession<Session<UNetInput, 'noise'>> = await opener.openSized(
    'unet',
    checkpoint.unet,
    unet,
  )
  const encode: SizedSession<Session<'image', 'moments'>> = await opener.openSized(
    'vaeEncoder',
    vae,
    encoderOf,
  )
  const decode: SizedSession<Session<'latents', 'image'>> = await opener.openSized(
    'vaeDecoder',
    vae,
    vaeDecoder,
  )

  const { contextWidth } = checkpoint.unet.config
  const { latentChannels, imageChannels } = vae.config
  const pixels = downscale(vae.config)
  const latentShape = ({ height, width }: LatentArea) => [1, latentChannels, height, width]
  return {
    unet: checkpoint.unet.config,
    vae: vae.config,
    scheduler: checkpoint.scheduler,
    zeroEmptyNegative: checkpoint.zeroEmptyNegative,
    textEncoders: [
      textEncoderOf(first, textEncoder.config, tokenizer(tokenizers?.first)),
      textEncoderOf(second, textEncoder2.config, tokenizer(tokenizers?.second, BIG_G_PAD)),
    ],
    async predictNoise({ sample, timestep, prompt, conditioning, guidance }, area) {
      const session = await denoise.of(area)
      const { noise } = await session.run({
        sample: { data: sample, shape: latentShape(area) },
        timestep: row(timestep),
        prompt: { data: prompt, shape: [1, prompt.length / contextWidth, contextWidth] },
        conditioning: row(conditioning),
        ...(guidance && { guidance: row(guidance) }),
      })
      return noise
    },
    async encodeImage(image, area) {
      const session = await encode.of(area)
      const shape = [1, imageChannels, area.height * pixels, area.width * pixels]
      return (await session.run({ image: { data: image, shape } })).moments
    },
    async decodeLatents(latents, area) {
      const session = await decode.of(area)
      return (await session.run({ latents: { data: latents, shape: latentShape(area) } })).image
    },
  }
}

/** The encoder's sides are pixels. */
function encoderOf(graph: Graph, config: VaeConfig, { height, width }: LatentSize): void {
  const pixels = downscale(config)
  const inPixels = (side: number | null) => side && side * pixels
  vaeEncoder(graph, config, { height: inPixels(height), width: inPixels(width) })
}

const row = (data: Float32Array): Feed => ({ data, shape: [1, data.length] })

const tokenizer = (folder: string | undefined, pad?: string) =>
  loadClipTokenizer({ ...(folder && { folder }), ...(pad && { pad }) })
