/**
 * The autoencoder between pixels and latents, 8 times smaller on each side.
 * Rombach et al. 2022, "Latent Diffusion", appendix G. Parameter names follow diffusers.
 */
import type { Dim, Graph, Value } from '../graph/graph.ts'
import * as nn from '../layers/layers.ts'
import { type Scope, scopeOf } from '../layers/scope.ts'

export interface VaeConfig {
  readonly imageChannels: number
  readonly latentChannels: number
  /** Channels of each resolution, finest first. */
  readonly channels: readonly number[]
  readonly resnetsPerLevel: number
  readonly groups: number
  /** Latents are multiplied by it after encoding: 0.13025 for SDXL. */
  readonly scalingFactor: number
  /** Per-channel normalisation of some finetunes (Playground 2.5). */
  readonly latentsMean?: readonly number[]
  readonly latentsStd?: readonly number[]
  /** Whether the weights are known to stay finite in half precision (`force_upcast: false`). */
  readonly halfSafe: boolean
}

export const sdxlVae: VaeConfig = {
  imageChannels: 3,
  latentChannels: 4,
  channels: [128, 256, 512, 512],
  resnetsPerLevel: 2,
  groups: 32,
  scalingFactor: 0.13025,
  halfSafe: false,
}

/** How many pixels a latent spans on each side: 8. */
export const downscale = ({ channels }: VaeConfig): number => 2 ** (channels.length - 1)

interface Area {
  readonly height: Dim
  readonly width: Dim
}

/** Writes the encoder: `image` in [-1, 1] to `moments`, the mean and log variance of its latents. */
export function vaeEncoder(graph: Graph, config: VaeConfig, { height, width }: Area): void {
  const { channels, resnetsPerLevel, groups } = config
  const at = scopeOf(graph)
  const encoder = at.at('encoder')
  const image = graph.input('image', [1, config.imageChannels, height, width])
  let x = nn.conv2d(encoder.at('conv_in'), graph.lowering.enter(image), channels[0] ?? 0)
  channels.forEach((to, level) => {
    const block = encoder.at('down_blocks', level)
    for (let i = 0; i < resnetsPerLevel; i++) {
      x = resnetBlock(block.at('resnets', i), x, { to, groups })
    }
    if (level === channels.length - 1) return
    // Padded right and bottom only, unlike the UNet's downsampling.
    x = nn.conv2d(block.at('downsamplers.0.conv'), x, to, { stride: 2, pads: [0, 0, 1, 1] })
  })
  x = middle(encoder.at('mid_block'), x, groups)
  x = nn.groupNorm(encoder.at('conv_norm_out'), x, { groups, epsilon: EPSILON, silu: true })
  x = nn.conv2d(encoder.at('conv_out'), x, config.latentChannels * 2)
  x = nn.conv2d(at.at('quant_conv'), x, config.latentChannels * 2, { kernel: 1 })
  graph.output('moments', graph.lowering.leave(x))
}

/** Writes the decoder: `latents`, unscaled, to `image` in [-1, 1]. */
export function vaeDecoder(graph: Graph, config: VaeConfig, { height, width }: Area): void {
  const { channels, resnetsPerLevel, groups, latentChannels } = config
  const at = scopeOf(graph)
  const decoder = at.at('decoder')
  const latents = graph.input('latents', [1, latentChannels, height, width])
  const entered = graph.lowering.enter(latents)
  let x = nn.conv2d(at.at('post_quant_conv'), entered, latentChannels, { kernel: 1 })
  x = nn.conv2d(decoder.at('conv_in'), x, channels.at(-1) ?? 0)
  x = middle(decoder.at('mid_block'), x, groups)
  channels.toReversed().forEach((to, level) => {
    const block = decoder.at('up_blocks', level)
    for (let i = 0; i <= resnetsPerLevel; i++) {
      x = resnetBlock(block.at('resnets', i), x, { to, groups })
    }
    if (level < channels.length - 1) x = nn.upsample(block.at('upsamplers.0.conv'), x)
  })
  x = nn.groupNorm(decoder.at('conv_norm_out'), x, { groups, epsilon: EPSILON, silu: true })
  x = nn.conv2d(decoder.at('conv_out'), x, config.imageChannels)
  graph.output('image', graph.lowering.leave(x))
}

/** Of every norm in the autoencoder (diffusers, AutoencoderKL). */
const EPSILON = 1e-6

function middle(at: Scope, x: Value, groups: number): Value {
  const options = { to: nn.widthOf(x), groups }
  const h = resnetBlock(at.at('resnets.0'), x, options)
  return resnetBlock(at.at('resnets.1'), selfAttention(at.at('attentions.0'), h, groups), options)
}

function resnetBlock(at: Scope, x: Value, { to, groups }: { to: number; groups: number }): Value {
  const norm = { groups, epsilon: EPSILON, silu: true }
  let h = nn.conv2d(at.at('conv1'), nn.groupNorm(at.at('norm1'), x, norm), to)
  h = nn.conv2d(at.at('conv2'), nn.groupNorm(at.at('norm2'), h, norm), to)
  const shortcut =
    nn.widthOf(x) === to ? x : nn.conv2d(at.at('conv_shortcut'), x, to, { kernel: 1 })
  return nn.add(shortcut, h)
}

function selfAttention(at: Scope, image: Value, groups: number): Value {
  const { lowering } = image.graph
  const normed = nn.groupNorm(at.at('group_norm'), image, { groups, epsilon: EPSILON })
  const tokens = lowering.toTokens(normed)
  const mixed = nn.attention(at, [tokens, tokens], {
    query: 'to_q',
    key: 'to_k',
    value: 'to_v',
    out: 'to_out.0',
    bias: true,
    heads: 1,
  })
  return nn.add(image, lowering.toPixels(mixed, image))
}
