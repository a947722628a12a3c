/** Every weight that SDXL's networks ask of a checkpoint, by its diffusers or transformers name, by rule. */
import type { TensorShape } from './sdxl-single-file.ts'

export interface SdxlWeights {
  readonly unet: readonly TensorShape[]
  readonly vae: readonly TensorShape[]
  readonly textEncoder: readonly TensorShape[]
  readonly textEncoder2: readonly TensorShape[]
}

export function sdxlWeights(): SdxlWeights {
  return {
    unet: unet(),
    vae: vae(),
    textEncoder: clip('', { width: 768, hidden: 3072, layers: 12 }),
    textEncoder2: [
      ...clip('text_model.', { width: 1280, hidden: 5120, layers: 32 }),
      { name: 'text_projection.weight', shape: [1280, 1280] },
    ],
  }
}

const levels = [320, 640, 1280]
const depths = [0, 2, 10]

function unet(): TensorShape[] {
  const down = levels.flatMap((to, b) => [
    ...[levels[b - 1] ?? 320, to].flatMap((from, i) => [
      ...resnet(`down_blocks.${b}.resnets.${i}`, from, to),
      ...transformer(`down_blocks.${b}.attentions.${i}`, to, depths[b] ?? 0),
    ]),
    ...(b < 2 ? layer(`down_blocks.${b}.downsamplers.0.conv`, [to, to, 3, 3]) : []),
  ])
  const upInputs = [
    [2560, 2560, 1920],
    [1920, 1280, 960],
    [960, 640, 640],
  ]
  const up = upInputs.flatMap((inputs, b) => [
    ...inputs.flatMap((from, i) => [
      ...resnet(`up_blocks.${b}.resnets.${i}`, from, levels[2 - b] ?? 0),
      ...transformer(`up_blocks.${b}.attentions.${i}`, levels[2 - b] ?? 0, depths[2 - b] ?? 0),
    ]),
    ...(b < 2 ? square(`up_blocks.${b}.upsamplers.0.conv`, levels[2 - b] ?? 0) : []),
  ])
  return [
    ...layer('conv_in', [320, 4, 3, 3]),
    ...layer('time_embedding.linear_1', [1280, 320]),
    ...layer('time_embedding.linear_2', [1280, 1280]),
    ...layer('add_embedding.linear_1', [1280, 2816]),
    ...layer('add_embedding.linear_2', [1280, 1280]),
    ...down,
    ...up,
    ...resnet('mid_block.resnets.0', 1280, 1280),
    ...transformer('mid_block.attentions.0', 1280, 10),
    ...resnet('mid_block.resnets.1', 1280, 1280),
    ...layer('conv_norm_out', [320]),
    ...layer('conv_out', [4, 320, 3, 3]),
  ]
}

function resnet(name: string, from: number, to: number): TensorShape[] {
  return [...block(name, from, to), ...layer(`${name}.time_emb_proj`, [to, 1280])]
}

/** A residual block of the VAE, and of the UNet but for its time embedding. */
function block(name: string, from: number, to: number): TensorShape[] {
  return [
    ...layer(`${name}.norm1`, [from]),
    ...layer(`${name}.conv1`, [to, from, 3, 3]),
    ...layer(`${name}.norm2`, [to]),
    ...square(`${name}.conv2`, to),
    ...(from === to ? [] : layer(`${name}.conv_shortcut`, [to, from, 1, 1])),
  ]
}

function transformer(name: string, width: number, depth: number): TensorShape[] {
  if (depth === 0) return []
  const attention = (part: string, from: number) => [
    { name: `${part}.to_q.weight`, shape: [width, width] },
    { name: `${part}.to_k.weight`, shape: [width, from] },
    { name: `${part}.to_v.weight`, shape: [width, from] },
    ...layer(`${part}.to_out.0`, [width, width]),
  ]
  return [
    ...layer(`${name}.norm`, [width]),
    ...layer(`${name}.proj_in`, [width, width]),
    ...layer(`${name}.proj_out`, [width, width]),
    ...range(depth).flatMap((t) => [
      ...[1, 2, 3].flatMap((n) => layer(`${name}.transformer_blocks.${t}.norm${n}`, [width])),
      ...attention(`${name}.transformer_blocks.${t}.attn1`, width),
      ...attention(`${name}.transformer_blocks.${t}.attn2`, 2048),
      ...layer(`${name}.transformer_blocks.${t}.ff.net.0.proj`, [8 * width, width]),
      ...layer(`${name}.transformer_blocks.${t}.ff.net.2`, [width, 4 * width]),
    ]),
  ]
}

function vae(): TensorShape[] {
  const channels = [128, 256, 512, 512]
  const reversed = channels.toReversed()
  const middle = (half: string) => [
    ...block(`${half}.mid_block.resnets.0`, 512, 512),
    ...layer(`${half}.mid_block.attentions.0.group_norm`, [512]),
    ...['to_q', 'to_k', 'to_v', 'to_out.0'].flatMap((to) =>
      layer(`${half}.mid_block.attentions.0.${to}`, [512, 512]),
    ),
    ...block(`${half}.mid_block.resnets.1`, 512, 512),
  ]
  return [
    ...layer('encoder.conv_in', [128, 3, 3, 3]),
    ...channels.flatMap((to, b) => [
      ...block(`encoder.down_blocks.${b}.resnets.0`, channels[b - 1] ?? 128, to),
      ...block(`encoder.down_blocks.${b}.resnets.1`, to, to),
      ...(b < 3 ? square(`encoder.down_blocks.${b}.downsamplers.0.conv`, to) : []),
    ]),
    ...middle('encoder'),
    ...layer('encoder.conv_norm_out', [512]),
    ...layer('encoder.conv_out', [8, 512, 3, 3]),
    ...layer('decoder.conv_in', [512, 4, 3, 3]),
    ...middle('decoder'),
    ...reversed.flatMap((to, b) => [
      ...block(`decoder.up_blocks.${b}.resnets.0`, reversed[b - 1] ?? 512, to),
      ...block(`decoder.up_blocks.${b}.resnets.1`, to, to),
      ...block(`decoder.up_blocks.${b}.resnets.2`, to, to),
      ...(b < 3 ? square(`decoder.up_blocks.${b}.upsamplers.0.conv`, to) : []),
    ]),
    ...layer('decoder.conv_norm_out', [128]),
    ...layer('decoder.conv_out', [3, 128, 3, 3]),
    ...layer('quant_conv', [8, 8, 1, 1]),
    ...layer('post_quant_conv', [4, 4, 1, 1]),
  ]
}

interface ClipSize {
  readonly width: number
  readonly hidden: number
  readonly layers: number
}

function clip(prefix: string, { width, hidden, layers }: ClipSize): TensorShape[] {
  return [
    { name: `${prefix}embeddings.token_embedding.weight`, shape: [49408, width] },
    { name: `${prefix}embeddings.position_embedding.weight`, shape: [77, width] },
    ...range(layers).flatMap((i) => {
      const name = `${prefix}encoder.layers.${i}`
      return [
        ...['q', 'k', 'v', 'out'].flatMap((to) =>
          layer(`${name}.self_attn.${to}_proj`, [width, width]),
        ),
        ...[1, 2].flatMap((n) => layer(`${name}.layer_norm${n}`, [width])),
        ...layer(`${name}.mlp.fc1`, [hidden, width]),
        ...layer(`${name}.mlp.fc2`, [width, hidden]),
      ]
    }),
    ...layer(`${prefix}final_layer_norm`, [width]),
  ]
}

function layer(name: string, shape: readonly number[]): TensorShape[] {
  return [
    { name: `${name}.weight`, shape },
    { name: `${name}.bias`, shape: shape.slice(0, 1) },
  ]
}

function square(name: string, width: number): TensorShape[] {
  return layer(name, [width, width, 3, 3])
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
