/** All networks of a checkpoint in one spelling and precision, for whole pictures of one size. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import type { Precision } from '#models/graph/graph.ts'
import { downscale } from '#models/networks/vae.ts'
import { BIG_G_PAD, loadClipTokenizer } from '#models/tokenizers/clip.ts'
import type { Networks } from '#pipeline/networks.ts'
import type { Device, Feed, Session } from '#worker/engine/session.ts'
import { type TextEncoderSession, textEncoderOf } from '#worker/engine/text-encoder-session.ts'
import type { LoweringName } from './lowerings.ts'
import { openNetwork, type SubjectName } from './subject.ts'

export interface WholeOptions {
  readonly device: Device
  readonly lowering: LoweringName
  /** Of all but the VAE. */
  readonly precision: Precision
  readonly vae: Precision
  readonly pixels: number
}

/** The engine's own opener chooses spelling and precision by the device, and so has nothing to compare with. */
export async function openWhole(
  checkpoint: Checkpoint,
  options: WholeOptions,
): Promise<Networks & AsyncDisposable> {
  const opened: AsyncDisposable[] = []
  const close = async () => {
    for (const session of opened.splice(0)) await session[Symbol.asyncDispose]()
  }
  try {
    const networks = await assemble(checkpoint, options, opened)
    return { ...networks, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  checkpoint: Checkpoint,
  { device, lowering, precision, vae, pixels }: WholeOptions,
  opened: AsyncDisposable[],
): Promise<Networks> {
  async function open<Input extends string, Output extends string>(
    name: SubjectName,
  ): Promise<Session<Input, Output>> {
    const own = name.startsWith('vae') ? vae : precision
    const { session } = await openNetwork<Input, Output>(checkpoint, name, {
      device,
      lowering,
      precision: own,
      pixels,
      // Folding the casts of 2.6 billion weights would take a CPU half a minute.
      ...(name === 'unet' && own === 'float32' && { weights: 'in-place' }),
    })
    opened.push(session)
    return session
  }
  const first: TextEncoderSession = await open('textEncoder')
  const second: TextEncoderSession = await open('textEncoder2')
  const unet = await open<string, 'noise'>('unet')
  const encoder = await open<'image', 'moments'>('vaeEncoder')
  const decoder = await open<'latents', 'image'>('vaeDecoder')

  const { contextWidth, inChannels } = checkpoint.unet.config
  const scale = downscale(checkpoint.vae.config)
  const side = pixels / scale
  const sample = (data: Float32Array): Feed => ({ data, shape: [1, inChannels, side, side] })
  return {
    unet: checkpoint.unet.config,
    vae: checkpoint.vae.config,
    scheduler: checkpoint.scheduler,
    zeroEmptyNegative: checkpoint.zeroEmptyNegative,
    textEncoders: [
      textEncoderOf(first, checkpoint.textEncoder.config, loadClipTokenizer()),
      textEncoderOf(second, checkpoint.textEncoder2.config, loadClipTokenizer({ pad: BIG_G_PAD })),
    ],
    async predictNoise(inputs) {
      const { noise } = await unet.run({
        sample: sample(inputs.sample),
        timestep: row(inputs.timestep),
        prompt: {
          data: inputs.prompt,
          shape: [1, inputs.prompt.length / contextWidth, contextWidth],
        },
        conditioning: row(inputs.conditioning),
        ...(inputs.guidance && { guidance: row(inputs.guidance) }),
      })
      return noise
    },
    async encodeImage(image) {
      return (await encoder.run({ image: { data: image, shape: [1, 3, pixels, pixels] } })).moments
    },
    async decodeLatents(latents) {
      return (await decoder.run({ latents: sample(latents) })).image
    },
  }
}

const row = (data: Float32Array): Feed => ({ data, shape: [1, data.length] })
