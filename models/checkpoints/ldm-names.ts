/** Where each tensor, by its diffusers or transformers name, lies in a single file of the LDM layout. */
import type { UNetConfig } from '#models/networks/unet.ts'
import type { VaeConfig } from '#models/networks/vae.ts'

/** A stored tensor, and how the wanted one comes out of it. */
export interface Source {
  readonly name: string
  /**
   * `same`: as it is. `flat`: [C, C, 1, 1] serves as [C, C]. A number: that third of its rows (packed query, key,
   * value). `transposed`: [in, out] is wanted as [out, in].
   */
  readonly as: 'same' | 'flat' | 'transposed' | 0 | 1 | 2
}

type Rule = readonly [pattern: RegExp, replacement: (...groups: string[]) => string]

const same = (name: string): Source => ({ name, as: 'same' })

/** Sources of a UNet tensor, best first; none where the layout has no place for the name. */
export function ldmUnetSources(
  name: string,
  { depths, resnetsPerLevel }: Pick<UNetConfig, 'depths' | 'resnetsPerLevel'>,
): readonly Source[] {
  // A level of the way down is its resnets and a downsampler; one of the way up has a resnet more.
  const stride = resnetsPerLevel + 1
  const column = (kind: string | undefined) => (kind === 'resnets' ? 0 : 1)
  const rules: readonly Rule[] = [
    [/^conv_in\./, () => 'input_blocks.0.0.'],
    [/^time_embedding\.linear_([12])\./, (n) => `time_embed.${2 * Number(n) - 2}.`],
    [/^time_embedding\.cond_proj\./, () => 'time_embed.cond_proj.'],
    [/^add_embedding\.linear_([12])\./, (n) => `label_emb.0.${2 * Number(n) - 2}.`],
    [
      /^down_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\./,
      (b, kind, i) => `input_blocks.${1 + Number(b) * stride + Number(i)}.${column(kind)}.`,
    ],
    [
      /^down_blocks\.(\d+)\.downsamplers\.0\.conv\./,
      (b) => `input_blocks.${Number(b) * stride + stride}.0.op.`,
    ],
    [/^mid_block\.resnets\.(\d+)\./, (i) => `middle_block.${2 * Number(i)}.`],
    [/^mid_block\.attentions\.0\./, () => 'middle_block.1.'],
    [
      /^up_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\./,
      (b, kind, i) => `output_blocks.${Number(b) * stride + Number(i)}.${column(kind)}.`,
    ],
    [
      /^up_blocks\.(\d+)\.upsamplers\.0\.conv\./,
      // The upsampler comes last in its block, behind the attention where there is one.
      (b) => {
        const attends = (depths[depths.length - 1 - Number(b)] ?? 0) > 0
        return `output_blocks.${Number(b) * stride + resnetsPerLevel}.${attends ? 2 : 1}.conv.`
      },
    ],
    [/^conv_norm_out\./, () => 'out.0.'],
    [/^conv_out\./, () => 'out.2.'],
  ]
  const moved = rewrite(name, rules)
  if (moved === undefined) return []
  const inner = name.includes('.resnets.') ? (rewrite(moved, resnetRules) ?? moved) : moved
  return [same(`model.diffusion_model.${inner}`)]
}

const resnetRules: readonly Rule[] = [
  [/\.norm1\./, () => '.in_layers.0.'],
  [/\.conv1\./, () => '.in_layers.2.'],
  [/\.time_emb_proj\./, () => '.emb_layers.1.'],
  [/\.norm2\./, () => '.out_layers.0.'],
  [/\.conv2\./, () => '.out_layers.3.'],
  [/\.conv_shortcut\./, () => '.skip_connection.'],
]

/** Sources of a VAE tensor, under either prefix that files carry. */
export function ldmVaeSources(
  name: string,
  { channels }: Pick<VaeConfig, 'channels'>,
): readonly Source[] {
  // LDM numbers the decoder's levels finest first, diffusers in the order they run.
  const level = (b: string | undefined) => channels.length - 1 - Number(b)
  const rules: readonly Rule[] = [
    [/^encoder\.down_blocks\.(\d+)\.resnets\./, (b) => `encoder.down.${b}.block.`],
    [/^encoder\.down_blocks\.(\d+)\.downsamplers\.0\./, (b) => `encoder.down.${b}.downsample.`],
    [/^decoder\.up_blocks\.(\d+)\.resnets\./, (b) => `decoder.up.${level(b)}.block.`],
    [/^decoder\.up_blocks\.(\d+)\.upsamplers\.0\./, (b) => `decoder.up.${level(b)}.upsample.`],
    [/^(\w+)\.mid_block\.resnets\.(\d)\./, (half, i) => `${half}.mid.block_${Number(i) + 1}.`],
    [/^(\w+)\.mid_block\.attentions\.0\.group_norm\./, (half) => `${half}.mid.attn_1.norm.`],
    [/^(\w+)\.mid_block\.attentions\.0\.to_([qkv])\./, (half, to) => `${half}.mid.attn_1.${to}.`],
    [/^(\w+)\.mid_block\.attentions\.0\.to_out\.0\./, (half) => `${half}.mid.attn_1.proj_out.`],
    [/^(\w+)\.conv_norm_out\./, (half) => `${half}.norm_out.`],
    [/^(encoder|decoder)\.(conv_in|conv_out)\./, (half, conv) => `${half}.${conv}.`],
    [/^(quant_conv|post_quant_conv)\./, (conv) => `${conv}.`],
  ]
  const moved = rewrite(name, rules)?.replace('.conv_shortcut.', '.nin_shortcut.')
  if (moved === undefined) return []
  return [`first_stage_model.${moved}`, `vae.${moved}`].map((name) => ({ name, as: 'flat' }))
}

/** Sources of a tensor of the first text encoder (CLIP-L), which keeps its transformers names. */
export function ldmClipSources(name: string): readonly Source[] {
  const prefix = 'conditioner.embedders.0.transformer.'
  return [same(`${prefix}text_model.${bare(name)}`), same(`${prefix}${bare(name)}`)]
}

/** Sources of a tensor of the second text encoder (OpenCLIP bigG). */
export function ldmOpenClipSources(name: string): readonly Source[] {
  const prefix = 'conditioner.embedders.1.model.'
  if (bare(name) === 'text_projection.weight') {
    return [
      { name: `${prefix}text_projection`, as: 'transposed' },
      same(`${prefix}text_projection.weight`),
    ]
  }
  const packed = /^encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\.(weight|bias)$/.exec(bare(name))
  if (packed) {
    const [, layer, letter = '', kind] = packed
    const third = letter === 'q' ? 0 : letter === 'k' ? 1 : 2
    return [{ name: `${prefix}transformer.resblocks.${layer}.attn.in_proj_${kind}`, as: third }]
  }
  const moved = rewrite(bare(name), openClipRules)
  return moved === undefined ? [] : [same(prefix + moved)]
}

const openClipRules: readonly Rule[] = [
  [/^embeddings\.token_embedding\.weight$/, () => 'token_embedding.weight'],
  [/^embeddings\.position_embedding\.weight$/, () => 'positional_embedding'],
  [/^final_layer_norm\./, () => 'ln_final.'],
  [
    /^encoder\.layers\.(\d+)\.layer_norm([12])\./,
    (layer, n) => `transformer.resblocks.${layer}.ln_${n}.`,
  ],
  [
    /^encoder\.layers\.(\d+)\.self_attn\.out_proj\./,
    (layer) => `transformer.resblocks.${layer}.attn.out_proj.`,
  ],
  [
    /^encoder\.layers\.(\d+)\.mlp\.fc([12])\./,
    (layer, n) => `transformer.resblocks.${layer}.mlp.${n === '1' ? 'c_fc' : 'c_proj'}.`,
  ],
]

/** transformers has dropped the prefix of its text models (5.6), and callers may too. */
export function bare(name: string): string {
  return name.replace(/^text_model\./, '')
}

/** `name` with what the first fitting rule matches replaced; undefined where none fits. */
function rewrite(name: string, rules: readonly Rule[]): string | undefined {
  for (const [pattern, replacement] of rules) {
    const match = pattern.exec(name)
    if (!match) continue
    const before = name.slice(0, match.index)
    return before + replacement(...match.slice(1)) + name.slice(match.index + match[0].length)
  }
  return undefined
}
