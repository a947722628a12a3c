/** Reads the config.json of diffusers' UNet2DConditionModel, for the networks that SDXL's kind can express. */
import { z } from 'zod'
import { Failure } from '#contract'
import type { UNetConfig } from '#models/networks/unet.ts'
import { parseFields } from './json-file.ts'

/**
 * `json` as found at `path`. Missing fields take the defaults of the diffusers class.
 * Throws Failure('checkpoint-invalid') for malformed fields, Failure('checkpoint-unsupported') for another network.
 */
export function unetConfig(json: unknown, path: string): UNetConfig {
  refuseOthers(parseFields(otherFields, json, path), path)
  const fields = parseFields(unetFields, json, path)
  const channels = fields.block_out_channels
  const attends = fields.down_block_types.map((type) => type === attending)
  const mirrored = fields.up_block_types.map((type) => type === attendingUp).toReversed()
  if (channels.length !== attends.length || String(attends) !== String(mirrored)) {
    throw unsupported(
      path,
      `levels that do not mirror each other (${fields.down_block_types.join(', ')}; ${fields.up_block_types.join(', ')})`,
    )
  }
  const perLevel = (name: string, value: number | readonly number[]) => {
    const list = typeof value === 'number' ? channels.map(() => value) : value
    if (list.length === channels.length) return list
    throw unsupported(path, `${list.length} entries in ${name} for ${channels.length} levels`)
  }
  const depths = perLevel('transformer_layers_per_block', fields.transformer_layers_per_block)
  const heads = perLevel('attention_head_dim', fields.attention_head_dim)
  const resnets = [...new Set(perLevel('layers_per_block', fields.layers_per_block))]
  const [resnetsPerLevel = 0] = resnets
  if (resnets.length > 1) throw unsupported(path, 'levels of unequal layers_per_block')
  const middleDepth = depths.at(-1) ?? 0
  if (middleDepth === 0 || attends.some((attention, level) => attention && !depths[level])) {
    throw unsupported(path, 'an attention of no transformer blocks')
  }
  const { time_embedding_dim: timeWidth, sample_size: size } = fields
  if (timeWidth != null && timeWidth !== 4 * (channels[0] ?? 0)) {
    throw unsupported(path, `a time_embedding_dim of ${timeWidth}, not four times the first level`)
  }
  return {
    inChannels: fields.in_channels,
    outChannels: fields.out_channels,
    channels,
    // A level without attention has no depth, whatever its entry says: [1, 2, 10] is SDXL's.
    depths: depths.map((depth, level) => (attends[level] ? depth : 0)),
    middleDepth,
    // Named for a width, but a number of heads: diffusers keeps the wrong name for old files.
    heads,
    resnetsPerLevel,
    contextWidth: fields.cross_attention_dim,
    timeIdWidth: fields.addition_time_embed_dim,
    conditioningWidth: fields.projection_class_embeddings_input_dim,
    groups: fields.norm_num_groups,
    epsilon: fields.norm_eps,
    linearProjection: fields.use_linear_projection,
    guidanceEmbeddingWidth: fields.time_cond_proj_dim ?? 0,
    sampleSize: (Array.isArray(size) ? Math.max(...size) : size) ?? 128,
  }
}

const count = z.int().positive()
const attending = 'CrossAttnDownBlock2D'
const attendingUp = 'CrossAttnUpBlock2D'
const downBlock = z.enum(['DownBlock2D', attending])
const upBlock = z.enum(['UpBlock2D', attendingUp])

const unetFields = z.object({
  in_channels: count.default(4),
  out_channels: count.default(4),
  block_out_channels: z.array(count).min(1).default([320, 640, 1280, 1280]),
  down_block_types: z.array(downBlock).default([attending, attending, attending, 'DownBlock2D']),
  up_block_types: z.array(upBlock).default(['UpBlock2D', attendingUp, attendingUp, attendingUp]),
  layers_per_block: z.union([count, z.array(count)]).default(2),
  transformer_layers_per_block: z.union([count, z.array(z.int().nonnegative())]).default(1),
  attention_head_dim: z.union([count, z.array(count)]).default(8),
  cross_attention_dim: count.default(1280),
  addition_time_embed_dim: count,
  projection_class_embeddings_input_dim: count,
  norm_num_groups: count.default(32),
  norm_eps: z.number().positive().default(1e-5),
  use_linear_projection: z.boolean().default(false),
  time_cond_proj_dim: count.nullish(),
  time_embedding_dim: count.nullish(),
  sample_size: z.union([count, z.array(count)]).nullish(),
})

const otherFields = z.looseObject({
  addition_embed_type: z.string().nullish(),
  transformer_layers_per_block: z.unknown().optional(),
})

/** Fields that change the network into one that is not built here, with the values that do not. */
const fixed: Readonly<Record<string, readonly unknown[]>> = {
  _class_name: ['UNet2DConditionModel'],
  addition_embed_type: ['text_time'],
  mid_block_type: ['UNetMidBlock2DCrossAttn'],
  act_fn: ['silu', 'swish'],
  attention_type: ['default'],
  center_input_sample: [false],
  class_embed_type: [null],
  class_embeddings_concat: [false],
  conv_in_kernel: [3],
  conv_out_kernel: [3],
  cross_attention_norm: [null],
  downsample_padding: [1],
  dual_cross_attention: [false],
  encoder_hid_dim: [null],
  encoder_hid_dim_type: [null],
  flip_sin_to_cos: [true],
  freq_shift: [0],
  mid_block_only_cross_attention: [null, false],
  mid_block_scale_factor: [1],
  num_attention_heads: [null],
  num_class_embeds: [null],
  only_cross_attention: [false],
  resnet_out_scale_factor: [1],
  resnet_skip_time_act: [false],
  resnet_time_scale_shift: ['default'],
  reverse_transformer_layers_per_block: [null],
  time_embedding_act_fn: [null],
  time_embedding_type: ['positional'],
  timestep_post_act: [null],
}

function refuseOthers(fields: z.infer<typeof otherFields>, path: string): void {
  if (fields.addition_embed_type == null) {
    throw unsupported(
      path,
      'no size conditioning (addition_embed_type "text_time"), as SD 1.5 and 2',
    )
  }
  for (const [field, allowed] of Object.entries(fixed)) {
    const value = fields[field]
    if (value !== undefined && !allowed.includes(value)) {
      throw unsupported(path, `${field} ${JSON.stringify(value)}`)
    }
  }
  const depths = fields.transformer_layers_per_block
  if (Array.isArray(depths) && depths.some(Array.isArray)) {
    throw unsupported(path, 'depths that differ within a level (a pruned UNet such as SSD-1B)')
  }
}

function unsupported(path: string, what: string): Failure {
  return new Failure(
    'checkpoint-unsupported',
    `${path}: a UNet with ${what} is not SDXL's and cannot be run: name an SDXL checkpoint.`,
  )
}
