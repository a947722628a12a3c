/**
 * The SDXL UNet: predicts the noise in a latent, given a timestep and a prompt.
 * Podell et al. 2023, "SDXL", section 2.1 and table 1. Parameter names follow diffusers.
 */
import type { Dim, Graph, Value } from '../graph/graph.ts'
import * as nn from '../layers/layers.ts'
import { type Scope, scopeOf } from '../layers/scope.ts'
import { spatialTransformer } from './spatial-transformer.ts'

export interface UNetConfig {
  readonly inChannels: number
  readonly outChannels: number
  /** Channels of each resolution, finest first. */
  readonly channels: readonly number[]
  /** Transformer blocks per attention at each resolution, finest first; 0 means no attention. */
  readonly depths: readonly number[]
  /** Transformer blocks of the attention in the middle. */
  readonly middleDepth: number
  /** Attention heads at each resolution, finest first. */
  readonly heads: readonly number[]
  readonly resnetsPerLevel: number
  /** Width of the prompt embedding: 2048. */
  readonly contextWidth: number
  /** Width of one embedded size or crop number: 256. */
  readonly timeIdWidth: number
  /** Pooled prompt beside the embedded sizes and crop: 2816. */
  readonly conditioningWidth: number
  readonly groups: number
  readonly epsilon: number
  /** Whether proj_in and proj_out are linear layers (SDXL) or 1×1 convolutions. */
  readonly linearProjection: boolean
  /** Width of the embedded guidance scale that distilled LCM networks take; 0 where there is none. */
  readonly guidanceEmbeddingWidth: number
  /** Native latent size: 128 for 1024 pixels. */
  readonly sampleSize: number
}

export const sdxlUNet: UNetConfig = {
  inChannels: 4,
  outChannels: 4,
  channels: [320, 640, 1280],
  depths: [0, 2, 10],
  middleDepth: 10,
  heads: [5, 10, 20],
  resnetsPerLevel: 2,
  contextWidth: 2048,
  timeIdWidth: 256,
  conditioningWidth: 2816,
  groups: 32,
  epsilon: 1e-5,
  linearProjection: true,
  guidanceEmbeddingWidth: 0,
  sampleSize: 128,
}

/** Height and width of the latents; null leaves them to run time. */
export interface LatentSize {
  readonly height: Dim
  readonly width: Dim
}

/** Writes the network: its inputs, and one output `noise`, shaped as `sample`. */
export function unet(graph: Graph, config: UNetConfig, { height, width }: LatentSize): void {
  const { inChannels, channels, contextWidth, conditioningWidth, guidanceEmbeddingWidth } = config
  const at = scopeOf(graph)
  /** Noisy latents, scaled as the scheduler wants them. */
  const sample = graph.input('sample', [1, inChannels, height, width])
  /** Sinusoidal embedding of the timestep. */
  const timestep = graph.input('timestep', [1, channels[0] ?? 0])
  /** Both text encoders' penultimate states, side by side: 77 tokens a window. */
  const prompt = graph.input('prompt', [1, null, contextWidth])
  /** Pooled prompt, then the sinusoidal embeddings of sizes and crop. */
  const conditioning = graph.input('conditioning', [1, conditioningWidth])
  /** Sinusoidal embedding of the guidance scale, where the network was distilled with one. */
  const guidance = guidanceEmbeddingWidth && graph.input('guidance', [1, guidanceEmbeddingWidth])

  const guided = guidance
    ? nn.add(timestep, guidanceProjection(at, guidance, channels[0] ?? 0))
    : timestep
  const time = timeEmbedding(at, guided, conditioning)
  const noise = denoiser(at, config, { sample: graph.lowering.enter(sample), time, prompt })
  graph.output('noise', graph.lowering.leave(noise))
}

const guidanceProjection = (at: Scope, guidance: Value, width: number): Value =>
  nn.linear(at.at('time_embedding.cond_proj'), guidance, width, { bias: false })

/** Timestep, pooled prompt and sizes as one vector, SiLU applied: what every resnet reads. */
function timeEmbedding(at: Scope, timestep: Value, conditioning: Value): Value {
  const width = nn.widthOf(timestep) * 4
  const embed = (place: Scope, x: Value) =>
    nn.linear(place.at('linear_2'), nn.silu(nn.linear(place.at('linear_1'), x, width)), width)
  return nn.silu(
    nn.add(embed(at.at('time_embedding'), timestep), embed(at.at('add_embedding'), conditioning)),
  )
}

function denoiser(
  at: Scope,
  config: UNetConfig,
  { sample, time, prompt }: { sample: Value; time: Value; prompt: Value },
): Value {
  const { channels, depths, heads, resnetsPerLevel, groups, epsilon } = config
  const [finest, deepest] = [0, channels.length - 1]
  const resnet = (place: Scope, x: Value, to: number) =>
    resnetBlock(place, x, { time, to, groups, epsilon })
  const attend = (place: Scope, x: Value, level: number, depth = depths[level] ?? 0) =>
    depth === 0
      ? x
      : spatialTransformer(place, [x, prompt], {
          depth,
          heads: heads[level] ?? 1,
          groups,
          linearProjection: config.linearProjection,
        })

  let x = nn.conv2d(at.at('conv_in'), sample, channels[finest] ?? 0)
  const skips = [x]

  channels.forEach((width, level) => {
    const block = at.at('down_blocks', level)
    for (let i = 0; i < resnetsPerLevel; i++) {
      x = attend(block.at('attentions', i), resnet(block.at('resnets', i), x, width), level)
      skips.push(x)
    }
    if (level === deepest) return
    x = nn.conv2d(block.at('downsamplers.0.conv'), x, width, { stride: 2 })
    skips.push(x)
  })

  const middle = at.at('mid_block')
  x = resnet(middle.at('resnets.0'), x, nn.widthOf(x))
  x = attend(middle.at('attentions.0'), x, deepest, config.middleDepth)
  x = resnet(middle.at('resnets.1'), x, nn.widthOf(x))

  channels.toReversed().forEach((width, step) => {
    const [block, level] = [at.at('up_blocks', step), deepest - step]
    for (let i = 0; i <= resnetsPerLevel; i++) {
      x = resnet(block.at('resnets', i), nn.concat(x, skips.pop()), width)
      x = attend(block.at('attentions', i), x, level)
    }
    if (level !== finest) x = nn.upsample(block.at('upsamplers.0.conv'), x, skips.at(-1))
  })

  x = nn.groupNorm(at.at('conv_norm_out'), x, { groups, epsilon, silu: true })
  return nn.conv2d(at.at('conv_out'), x, config.outChannels)
}

/** Two convolutions with the timestep added between them, and a shortcut around them. */
function resnetBlock(
  at: Scope,
  x: Value,
  { time, to, ...norm }: { time: Value; to: number; groups: number; epsilon: number },
): Value {
  const silu = { ...norm, silu: true }
  let h = nn.conv2d(at.at('conv1'), nn.groupNorm(at.at('norm1'), x, silu), to)
  h = x.graph.lowering.addToPixels(h, nn.linear(at.at('time_emb_proj'), time, to))
  h = nn.conv2d(at.at('conv2'), nn.groupNorm(at.at('norm2'), h, silu), to)
  const shortcut =
    nn.widthOf(x) === to ? x : nn.conv2d(at.at('conv_shortcut'), x, to, { kernel: 1 })
  return nn.add(shortcut, h)
}
