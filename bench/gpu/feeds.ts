/** Random inputs for each network, the same in every process and at every run. */
import type { Checkpoint } from '#models/checkpoints/checkpoint.ts'
import type { ClipTextConfig } from '#models/networks/clip-text.ts'
import { downscale } from '#models/networks/vae.ts'
import { createGenerator } from '#pipeline/random.ts'
import type { Feed } from '#worker/engine/session.ts'
import type { SubjectName } from './subject.ts'

interface Size {
  /** Pixels. */
  readonly side: number
  readonly batch: number
}

type Feeds = Readonly<Record<string, Feed>>

/** Of a prompt. */
export const TOKENS = 77

/** Made once for each size, so that making them is not timed again and again. */
export function feedsOf(checkpoint: Checkpoint, name: SubjectName, size: Size): Feeds {
  const key = `${checkpoint.path} ${name} ${size.side} ${size.batch}`
  const feeds = known.get(key) ?? make(checkpoint, name, size)
  known.set(key, feeds)
  return feeds
}

const known = new Map<string, Feeds>()

function make(checkpoint: Checkpoint, name: SubjectName, { side, batch }: Size): Feeds {
  const { unet, vae, textEncoder, textEncoder2 } = checkpoint
  const random = createGenerator(1)
  const drawn = (shape: readonly number[]) =>
    random.normal(shape.reduce((all, one) => all * one, 1))
  const normal = (...shape: number[]): Feed => ({ shape, data: drawn(shape) })
  /** Within [-1, 1], as pictures and sinusoids are. */
  const tame = (...shape: number[]): Feed => ({ shape, data: drawn(shape).map(Math.tanh) })
  const latents = side / downscale(vae.config)
  switch (name) {
    case 'unet': {
      const { channels, contextWidth, conditioningWidth, guidanceEmbeddingWidth } = unet.config
      return {
        sample: normal(batch, unet.config.inChannels, latents, latents),
        timestep: tame(batch, channels[0] ?? 0),
        prompt: normal(batch, TOKENS, contextWidth),
        conditioning: tame(batch, conditioningWidth),
        ...(guidanceEmbeddingWidth > 0 && { guidance: tame(batch, guidanceEmbeddingWidth) }),
      }
    }
    case 'vaeEncoder':
      return { image: tame(1, vae.config.imageChannels, side, side) }
    case 'vaeDecoder':
      return { latents: normal(1, vae.config.latentChannels, latents, latents) }
    case 'textEncoder':
      return tokens(textEncoder.config)
    case 'textEncoder2':
      return tokens(textEncoder2.config)
  }
}

/** A text as long as the window, of tokens that any vocabulary has. */
function tokens({ context, projection }: ClipTextConfig): Feeds {
  const ids = BigInt64Array.from({ length: context }, (_, i) => BigInt(1 + ((i * 37) % 500)))
  const mask = Float32Array.from({ length: context * context }, (_, i) =>
    i % context > Math.floor(i / context) ? Number.NEGATIVE_INFINITY : 0,
  )
  return {
    ids: { data: ids, shape: [1, context] },
    mask: { data: mask, shape: [1, 1, context, context] },
    ...(projection > 0 && {
      endOfText: { data: BigInt64Array.of(BigInt(context - 1)), shape: [1] },
    }),
  }
}
