/** A checkpoint as running networks, on its weights where they lie. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import { openLoras } from '#models/lora/open-loras.ts'
import { clipText } from '#models/networks/clip-text.ts'
import { unet } from '#models/networks/unet.ts'
import { BIG_G_PAD, loadClipTokenizer } from '#models/tokenizers/clip.ts'
import type { LatentArea, Networks, VaeUse } from '#pipeline/networks.ts'
import { openVae } from './device-vae.ts'
import { type NetworkOpener, type NetworkOptions, networkOpener } from './network-opener.ts'
import { keepsWeights } from './precision.ts'
import type { Feed, Session } from './session.ts'
import type { SizedSession } from './sized-session.ts'
import { type TextEncoderSession, textEncoderOf } from './text-encoder-session.ts'

type UNetInput = 'sample' | 'timestep' | 'prompt' | 'conditioning' | 'guidance'

export interface DeviceNetworks extends Networks {
  vaeUse(area: LatentArea): VaeUse
}

export async function openNetworks(
  checkpoint: Checkpoint,
  options: NetworkOptions,
): Promise<DeviceNetworks & AsyncDisposable> {
  const loras = await openLoras(checkpoint, options.loras ?? [])
  const opener = networkOpener(options, loras)
  try {
    const networks = await open(checkpoint, opener, options)
    return { ...networks, [Symbol.asyncDispose]: () => opener[Symbol.asyncDispose]() }
  } catch (error) {
    await opener[Symbol.asyncDispose]()
    throw error
  }
}

async function open(
  checkpoint: Checkpoint,
  opener: NetworkOpener,
  options: NetworkOptions,
): Promise<DeviceNetworks> {
  const { textEncoder, textEncoder2, tokenizers } = checkpoint
  const first: TextEncoderSession = await opener.open('textEncoder', textEncoder, clipText)
  const second: TextEncoderSession = await opener.open('textEncoder2', textEncoder2, clipText)
  // Before the UNet: what was probed and lost is closed by then.
  const { device, frugal = false } = options
  const vae = await openVae(opener, checkpoint.vae, {
    precision: options.vae ?? (device === 'cpu' ? 'float32' : 'probe'),
    tiling: {
      side: options.tileSide ?? Math.ceil(checkpoint.unet.config.sampleSize / 2),
      always: frugal,
    },
  })
  const denoise: SizedSession<Session<UNetInput, 'noise'>> = opener.sized('unet', checkpoint.unet, {
    write: unet,
  })
  const takesTurns = frugal && keepsWeights(options)
  if (!takesTurns) {
    await vae.prepare()
    await denoise.prepare()
  }

  const { contextWidth } = checkpoint.unet.config
  const { latentChannels } = checkpoint.vae.config
  return {
    unet: checkpoint.unet.config,
    vae: checkpoint.vae.config,
    scheduler: checkpoint.scheduler,
    zeroEmptyNegative: checkpoint.zeroEmptyNegative,
    textEncoders: [
      textEncoderOf(first, textEncoder.config, tokenizer(tokenizers?.first)),
      textEncoderOf(second, textEncoder2.config, tokenizer(tokenizers?.second, BIG_G_PAD)),
    ],
    async predictNoise({ sample, timestep, prompt, conditioning, guidance }, area) {
      if (takesTurns) await vae.close()
      const session = await denoise.of(area)
      const { noise } = await session.run({
        sample: { data: sample, shape: [1, latentChannels, area.height, area.width] },
        timestep: row(timestep),
        prompt: { data: prompt, shape: [1, prompt.length / contextWidth, contextWidth] },
        conditioning: row(conditioning),
        ...(guidance && { guidance: row(guidance) }),
      })
      return noise
    },
    async encodeImage(image, area) {
      if (takesTurns) await denoise.close()
      return vae.encodeImage(image, area)
    },
    async decodeLatents(latents, area) {
      if (takesTurns) await denoise.close()
      return vae.decodeLatents(latents, area)
    },
    vaeUse: (area) => vae.use(area),
  }
}

const row = (data: Float32Array): Feed => ({ data, shape: [1, data.length] })

const tokenizer = (folder: string | undefined, pad?: string) =>
  loadClipTokenizer({ ...(folder && { folder }), ...(pad && { pad }) })
