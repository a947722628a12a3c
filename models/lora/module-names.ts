/**
 * Every name that a LoRA file may give a layer. Files are read by looking names up among all that could be
 * meant, because an underscore may be part of a word or stand for a dot: names cannot be taken apart.
 */
import { bare, ldmUnetSources } from '../checkpoints/ldm-names.ts'
import type { UNetConfig } from '../networks/unet.ts'
import type { LoraNetwork, LoraTarget } from './targets.ts'

/**
 * The layer that each name means, in the spellings of kohya, peft, diffusers before it took up peft, OneTrainer,
 * SimpleTuner and ComfyUI.
 */
export function moduleNames(
  targets: readonly LoraTarget[],
  config: UNetConfig,
): ReadonlyMap<string, LoraTarget> {
  const names = new Map<string, LoraTarget>()
  for (const target of targets) {
    const spelled = target.network === 'unet' ? unetNames(target, config) : textNames(target)
    for (const name of spelled) names.set(name, target)
  }
  return names
}

function unetNames({ weight }: LoraTarget, config: UNetConfig): string[] {
  const path = layerOf(weight)
  const ldm = ldmUnetSources(weight, config).map(({ name }) =>
    layerOf(name).replace(/^model\.diffusion_model\./, ''),
  )
  // diffusers used to keep its adapters in attention processors.
  const processor = path.replace(/\.(attn\d)\.to_(q|k|v|out)(\.0)?$/, '.$1.processor.to_$2')
  return [
    ...[path, ...ldm].map((name) => `lora_unet_${underscored(name)}`),
    `lycoris_${underscored(path)}`,
    ...[path, processor].flatMap((name) => [`unet.${name}`, name]),
    // What peft itself writes, which nobody told that it wraps a UNet.
    `base_model.model.${path}`,
    ...ldm.flatMap((name) => [`diffusion_model.${name}`, `unet.${name}`]),
  ]
}

function textNames({ network, weight }: LoraTarget): string[] {
  const { kohya, dotted } = textPrefixes[network]
  // Some versions of transformers have the prefix, others do without; text_projection never had it.
  const path = bare(layerOf(weight))
  const paths = path === 'text_projection' ? [path] : [path, `text_model.${path}`]
  return paths.flatMap((name) => {
    const processor = name.replace(/self_attn\.(q|k|v|out)_proj$/, 'self_attn.to_$1')
    return [
      ...kohya.map((prefix) => prefix + underscored(name)),
      ...dotted.flatMap((prefix) => [name, processor].map((each) => prefix + each)),
    ]
  })
}

/**
 * `lora_te` alone is how files for SD 1.5 name their one text encoder, which is SDXL's first. Of the others, first
 * diffusers' prefix, then OneTrainer's and ComfyUI's.
 */
const textPrefixes: Readonly<Record<LoraNetwork, TextPrefixes>> = {
  unet: { kohya: [], dotted: [] },
  textEncoder: {
    kohya: ['lora_te1_', 'lora_te_'],
    dotted: ['text_encoder.', 'clip_l.', 'text_encoders.clip_l.transformer.'],
  },
  textEncoder2: {
    kohya: ['lora_te2_'],
    dotted: ['text_encoder_2.', 'clip_g.', 'text_encoders.clip_g.transformer.'],
  },
}

interface TextPrefixes {
  readonly kohya: readonly string[]
  readonly dotted: readonly string[]
}

const layerOf = (weight: string): string => weight.replace(/\.weight$/, '')

const underscored = (path: string): string => path.replaceAll('.', '_')
