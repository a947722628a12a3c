/** Says what model a single file holds, from the names and shapes of its tensors, and refuses all but SDXL. */
import { Failure } from '#contract'
import type { StoredTensor } from './safetensors.ts'
import { vaeBesideMend } from './vae-beside.ts'

type Tensors = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>

/** What a file is, as the rest of the sentence "this is …", and what to do about it. */
interface Verdict {
  readonly what: string
  readonly mend: string
}

/**
 * Throws Failure('checkpoint-unsupported') that names what the file at `path` is, unless it is an SDXL checkpoint.
 * `hasVae`: it has a VAE beside it, and so may be without.
 */
export function requireSdxl(
  tensors: Tensors,
  path: string,
  { hasVae = false }: { readonly hasVae?: boolean } = {},
): void {
  const verdict = judge(tensors, { path, hasVae })
  if (verdict) {
    throw new Failure(
      'checkpoint-unsupported',
      `${path}: this is ${verdict.what}: ${verdict.mend}.`,
    )
  }
}

/** Its pooled prompt of 1280, and five embedded numbers of 256: it takes an aesthetic score. */
const refinerConditions = 2560

const useSdxl = 'this engine runs SDXL, so name an SDXL checkpoint'
const unet = 'model.diffusion_model.'

interface Surroundings {
  readonly path: string
  readonly hasVae: boolean
}

function judge(tensors: Tensors, around: Surroundings): Verdict | undefined {
  const names = [...tensors.keys()]
  const has = (prefix: string) => names.some((name) => name.startsWith(prefix))
  const contains = (part: string) => names.some((name) => name.includes(part))
  const refusal = (what: string, mend = useSdxl): Verdict => ({ what, mend })

  if (tensors.has('clip_l') || tensors.has('clip_g')) {
    return refusal(
      'a textual inversion embedding',
      'it is no checkpoint by itself; name an SDXL one',
    )
  }
  if (names.length === 0) return refusal('a safetensors file without a tensor', 'download it again')
  const isCheckpoint = has(`${unet}input_blocks.`)
  for (const [parts, what] of companions) {
    if (!isCheckpoint && parts.some(contains))
      return refusal(what, 'it is no checkpoint by itself; name an SDXL one')
  }
  for (const [parts, what] of otherFamilies) {
    if (parts.some(contains)) return refusal(what)
  }
  for (const [pattern, what] of quantised) {
    const shows = names.find((name) => pattern.test(name))
    if (shows) return refusal(`${what} (it has ${shows})`, 'get its fp16 version')
  }
  if (has('cond_stage_model.transformer.')) return refusal('SD 1.5')
  if (has('cond_stage_model.model.')) return refusal('SD 2.x')
  const [, conditions = 0] = tensors.get(`${unet}label_emb.0.0.weight`)?.shape ?? []
  if (conditions === refinerConditions || has('conditioner.embedders.0.model.')) {
    if (!has(`${unet}label_emb.`)) return refusal('SD 2.x')
    return refusal('the SDXL refiner', 'it only finishes what the base model began; name the base')
  }
  if (tensors.has('edm_mean') || tensors.has('edm_std')) {
    return refusal('Playground 2.5, whose noise schedule (EDM) is another')
  }
  if (contains('edm_vpred.')) return refusal('CosXL, an SDXL finetune on EDM noise (edm_vpred)')
  return has(unet) ? judgeLdm(tensors, has, around) : judgeFragment(has)
}

/** Of a file that has a UNet of the LDM layout. */
function judgeLdm(
  tensors: Tensors,
  has: (prefix: string) => boolean,
  { path, hasVae }: Surroundings,
): Verdict | undefined {
  const width = tensors.get(
    [...tensors.keys()].find((name) => name.endsWith('.attn2.to_k.weight')) ?? '',
  )?.shape[1]
  if (!has(`${unet}label_emb.`)) {
    const family = width === 1024 ? 'SD 2.x' : width === 768 ? 'SD 1.5' : 'a model that is not SDXL'
    return { what: `the UNet of ${family}`, mend: useSdxl }
  }
  const channels = tensors.get(`${unet}input_blocks.0.0.weight`)?.shape[1]
  if (channels === 9) {
    return { what: 'an SDXL inpainting model (9 input channels)', mend: 'name its base model' }
  }
  if (channels === 8) {
    return { what: 'an SDXL InstructPix2Pix model (8 input channels)', mend: 'name its base model' }
  }
  const lacksVae = !(hasVae || has('first_stage_model.') || has('vae.'))
  const missing = [
    ...(has('conditioner.embedders.0.transformer.') ? [] : ['its first text encoder (CLIP-L)']),
    ...(has('conditioner.embedders.1.model.') ? [] : ['its second text encoder (bigG)']),
    ...(lacksVae ? ['its VAE'] : []),
  ]
  if (missing.length === 0) return undefined
  const full = 'get the full checkpoint, which is 6.5 GB in half precision'
  const mend = lacksVae && missing.length === 1 ? vaeBesideMend(path) : full
  return { what: `a UNet without ${missing.join(', ')}`, mend }
}

/** Of a file that has no UNet of the LDM layout: one part, or something unheard of. */
function judgeFragment(has: (prefix: string) => boolean): Verdict {
  const folder = 'name the folder above, which holds model_index.json, or a full checkpoint'
  const full = 'name the full checkpoint that it belongs to'
  if (has('unet.down_blocks.')) {
    const saved = 'save it as a folder (save_pretrained), and name that'
    return { what: "a diffusers pipeline in one file, under diffusers' own names", mend: saved }
  }
  if (has('down_blocks.') || has('add_embedding.')) {
    return { what: 'the UNet of a diffusers folder, alone', mend: folder }
  }
  if (has('encoder.down_blocks.'))
    return { what: 'the VAE of a diffusers folder, alone', mend: folder }
  if (has('encoder.down.') || has('first_stage_model.')) {
    return {
      what: 'a VAE alone',
      mend: `${full}; beside that, it is taken as NAME.vae.safetensors`,
    }
  }
  if (has('text_model.') || has('conditioner.') || has('transformer.resblocks.')) {
    return { what: 'a text encoder alone', mend: full }
  }
  if (has('input_blocks.'))
    return { what: 'a UNet alone, without text encoders and VAE', mend: full }
  return {
    what: 'no model that is known here (its names are of no SDXL checkpoint)',
    mend: useSdxl,
  }
}

/** Names found in what is loaded beside a checkpoint. */
const companions: readonly (readonly [readonly string[], string])[] = [
  [
    [
      'lora_unet_',
      'lora_te',
      '.lora_down.',
      '.lora_up.',
      '.lora_A.',
      '.lora.down.',
      '.hada_w1',
      '.lokr_w1',
    ],
    'a LoRA',
  ],
  [['control_model.', 'controlnet_cond_embedding.', 'controlnet_'], 'a ControlNet'],
  [['motion_modules.'], 'an AnimateDiff motion module'],
  [['ip_adapter.', 'image_proj.'], 'an IP-Adapter'],
  [['emb_params', 'string_to_param'], 'a textual inversion embedding'],
]

/** Names of what stands beside weights that mean nothing without it: their scales, blocks' maxima, tables. */
const quantised: readonly (readonly [RegExp, string])[] = [
  // ComfyUI's, in the order in which it thought of them; diffusers' is the second.
  [
    /^scaled_fp8$|\.(scale_weight|weight_scale|comfy_quant)$/,
    'an SDXL checkpoint with scaled 8-bit weights',
  ],
  [/\.weight\.(absmax|quant_state\.|quant_map)/, 'an SDXL checkpoint in 4 bits of bitsandbytes'],
  [/\.(qweight|qzeros)$/, 'an SDXL checkpoint in packed integers'],
]

const otherFamilies: readonly (readonly [readonly string[], string])[] = [
  [['joint_blocks.'], 'Stable Diffusion 3 (SD3)'],
  [['double_blocks.', 'single_transformer_blocks.'], 'Flux'],
  [['clip_txt_mapper.', 'channelwise.'], 'Stable Cascade'],
  [['double_layers.'], 'AuraFlow'],
  [['.time_stack.', 'embedders.0.open_clip.'], 'Stable Video Diffusion'],
  [['img_mlp.'], 'Qwen-Image'],
  [['noise_refiner.'], 'Z-Image or Lumina'],
  [['blocks.0.self_attn.', 'head.modulation'], 'Wan, a video model'],
  [['adaln_single.', 'patchify_proj.', 'cap_embedder.'], 'a diffusion transformer'],
]
