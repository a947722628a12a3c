/** Reads the config.json of an SDXL folder's VAE and text encoders. */
import { z } from 'zod'
import { Failure } from '#contract'
import type { ClipTextConfig } from '#models/networks/clip-text.ts'
import type { VaeConfig } from '#models/networks/vae.ts'
import { parseFields } from './json-file.ts'

/**
 * Of diffusers' AutoencoderKL; `json` as found at `path`. Missing fields take the defaults of the class.
 * Throws Failure('checkpoint-invalid') for malformed fields, Failure('checkpoint-unsupported') for another network.
 */
export function vaeConfig(json: unknown, path: string): VaeConfig {
  const fields = parseFields(vaeFields, json, path)
  const levels = fields.block_out_channels.length
  const { latents_mean: mean, latents_std: std, in_channels: imageChannels } = fields
  refuseUnless(path, [
    [fields._class_name === 'AutoencoderKL', fields._class_name],
    [fields.down_block_types.length === levels, 'down_block_types of another length'],
    [fields.up_block_types.length === levels, 'up_block_types of another length'],
    [fields.down_block_types.every((type) => type === 'DownEncoderBlock2D'), 'other down blocks'],
    [fields.up_block_types.every((type) => type === 'UpDecoderBlock2D'), 'other up blocks'],
    [fields.act_fn === 'silu' || fields.act_fn === 'swish', `act_fn ${fields.act_fn}`],
    [fields.out_channels === imageChannels, `out_channels ${fields.out_channels}`],
    [!fields.shift_factor, `shift_factor ${fields.shift_factor}`],
    [fields.mid_block_add_attention, 'no attention in the middle'],
    [fields.use_quant_conv && fields.use_post_quant_conv, 'no quant_conv'],
    [!mean === !std, 'only one of latents_mean and latents_std'],
    [(mean ?? std)?.length === (std ?? mean)?.length, 'latents_mean and latents_std unlike'],
    [!mean || mean.length === fields.latent_channels, 'latents_mean of another length'],
  ])
  return {
    imageChannels,
    latentChannels: fields.latent_channels,
    channels: fields.block_out_channels,
    resnetsPerLevel: fields.layers_per_block,
    groups: fields.norm_num_groups,
    scalingFactor: fields.scaling_factor,
    halfSafe: !fields.force_upcast,
    ...(mean && std ? { latentsMean: mean, latentsStd: std } : {}),
  }
}

/**
 * Of transformers' CLIPTextModel, or of CLIPTextModelWithProjection where `projected`; `json` as found at `path`.
 * Throws as vaeConfig does.
 */
export function clipTextConfig(
  json: unknown,
  path: string,
  { projected }: { readonly projected: boolean },
): ClipTextConfig {
  const fields = parseFields(clipFields, json, path)
  const activation = activations.get(fields.hidden_act)
  const [endOfText = null] = [fields.eos_token_id].flat()
  refuseUnless(path, [
    [activation !== undefined, `hidden_act ${fields.hidden_act}`],
    [fields.hidden_size % fields.num_attention_heads === 0, 'heads that do not divide hidden_size'],
  ])
  return {
    vocabulary: fields.vocab_size,
    context: fields.max_position_embeddings,
    width: fields.hidden_size,
    hidden: fields.intermediate_size,
    layers: fields.num_hidden_layers,
    heads: fields.num_attention_heads,
    activation: activation ?? 'gelu',
    epsilon: fields.layer_norm_eps,
    projection: projected ? fields.projection_dim : 0,
    // 2 is in all early configs by mistake, and transformers takes it for "the highest id".
    endOfText: endOfText === 2 ? null : endOfText,
  }
}

const count = z.int().positive()

const vaeFields = z.object({
  _class_name: z.string().default('AutoencoderKL'),
  in_channels: count.default(3),
  out_channels: count.default(3),
  down_block_types: z.array(z.string()).default(['DownEncoderBlock2D']),
  up_block_types: z.array(z.string()).default(['UpDecoderBlock2D']),
  block_out_channels: z.array(count).min(1).default([64]),
  layers_per_block: count.default(1),
  act_fn: z.string().default('silu'),
  latent_channels: count.default(4),
  norm_num_groups: count.default(32),
  scaling_factor: z.number().positive().default(0.18215),
  shift_factor: z.number().nullish(),
  latents_mean: z.array(z.number()).nullish(),
  latents_std: z.array(z.number().positive()).nullish(),
  // null in old files is as good as false to diffusers, but says nothing of half precision.
  force_upcast: z
    .boolean()
    .nullish()
    .transform((upcast) => upcast ?? true),
  use_quant_conv: z.boolean().default(true),
  use_post_quant_conv: z.boolean().default(true),
  mid_block_add_attention: z.boolean().default(true),
})

const clipFields = z.object({
  vocab_size: count.default(49408),
  hidden_size: count.default(512),
  intermediate_size: count.default(2048),
  projection_dim: count.default(512),
  num_hidden_layers: count.default(12),
  num_attention_heads: count.default(8),
  max_position_embeddings: count.default(77),
  hidden_act: z.string().default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
  eos_token_id: z
    .union([z.int(), z.array(z.int()).length(1)])
    .nullable()
    .default(49407),
})

const activations = new Map<string, ClipTextConfig['activation']>([
  ['quick_gelu', 'quickGelu'],
  ['gelu', 'gelu'],
])

/** Each demand with what is to be said where it does not hold. */
function refuseUnless(path: string, demands: readonly (readonly [boolean, string])[]): void {
  const broken = demands.find(([holds]) => !holds)
  if (!broken) return
  throw new Failure(
    'checkpoint-unsupported',
    `${path}: a network with ${broken[1]} is not SDXL's and cannot be run: name an SDXL checkpoint.`,
  )
}
