import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { requireSdxl } from './identify.ts'
import { sdxlSingleFileTensors, type TensorShape } from './sdxl-single-file.ts'

const sdxl = sdxlSingleFileTensors()
const unet = 'model.diffusion_model.'
const toK = `${unet}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight`

/** SDXL's tensors, but for those whose names begin with one of `prefixes`. */
function without(...prefixes: string[]): TensorShape[] {
  return sdxl.filter(({ name }) => !prefixes.some((prefix) => name.startsWith(prefix)))
}

function justThe(prefix: string): TensorShape[] {
  return sdxl.filter(({ name }) => name.startsWith(prefix))
}

function named(...names: string[]): TensorShape[] {
  return names.map((name) => ({ name, shape: [1] }))
}

function reshaped(name: string, shape: number[]): TensorShape[] {
  return sdxl.map((tensor) => (tensor.name === name ? { name, shape } : tensor))
}

function map(tensors: readonly TensorShape[]): Map<string, TensorShape> {
  return new Map(tensors.map((tensor) => [tensor.name, tensor]))
}

const conv = `${unet}input_blocks.0.0.weight`
const label = `${unet}label_emb.0.0.weight`
const clipToken = 'text_model.embeddings.token_embedding.weight'
const sd1 = [...justThe(conv), ...named(`cond_stage_model.transformer.${clipToken}`)]
const sd1Unet = [...named(conv), { name: toK, shape: [640, 768] }]
const strip = (prefix: string) =>
  justThe(prefix).map(({ name, shape }) => ({ name: name.slice(prefix.length), shape }))

test('SDXL base is let through, also as v-prediction, and with what merges leave behind', () => {
  requireSdxl(map(sdxl), 'x')
  requireSdxl(
    map([...sdxl, ...named('v_pred', 'ztsnr', 'model_ema.decay', 'denoiser.sigmas')]),
    'x',
  )
})

test('SDXL with its VAE under the other prefix is let through', () => {
  requireSdxl(map([...without('first_stage_model.'), ...named('vae.encoder.conv_in.weight')]), 'x')
})

test.each([
  ['SD 1.5', sd1],
  ['SD 2.x', [...justThe(conv), ...named('cond_stage_model.model.positional_embedding')]],
  ['the UNet of SD 1.5', sd1Unet],
  ['the SDXL refiner', [...justThe(unet), ...named('conditioner.embedders.0.model.logit_scale')]],
  ['an SDXL inpainting model', reshaped(conv, [320, 9, 3, 3])],
  ['an SDXL InstructPix2Pix model', reshaped(conv, [320, 8, 3, 3])],
  ['Playground 2.5', [...sdxl, ...named('edm_mean', 'edm_std')]],
  ['an SDXL checkpoint with scaled 8-bit weights', [...sdxl, ...named('scaled_fp8')]],
  [
    `an SDXL checkpoint with scaled 8-bit weights (it has ${unet}out.2.scale_weight)`,
    [...sdxl, ...named(`${unet}out.2.scale_weight`)],
  ],
  ['an SDXL checkpoint with scaled 8-bit', [...sdxl, ...named(`${unet}out.2.weight_scale`)]],
  ['an SDXL checkpoint with scaled 8-bit', [...sdxl, ...named(`${unet}out.2.comfy_quant`)]],
  ['an SDXL checkpoint in 4 bits', [...sdxl, ...named(`${toK}.absmax`)]],
  ['an SDXL checkpoint in packed integers', [...sdxl, ...named(`${unet}out.2.qweight`)]],
  ['the SDXL refiner', [...justThe(conv), { name: label, shape: [1536, 2560] }]],
  ['SD 2.x', [...sd1Unet, ...named('conditioner.embedders.0.model.ln_final.weight')]],
  ['CosXL', [...sdxl, ...named('edm_vpred.sigma_max')]],
  ['Stable Video Diffusion', [...sdxl, ...named(`${unet}input_blocks.1.0.time_stack.x`)]],
  ['Qwen-Image', named('transformer_blocks.0.img_mlp.net.2.weight')],
  ['Z-Image or Lumina', named('noise_refiner.0.attention.qkv.weight')],
  ['Wan, a video model', named('blocks.0.self_attn.q.weight')],
  ['a textual inversion embedding', named('clip_g', 'clip_l')],
  ['a diffusers pipeline in one file', named('unet.down_blocks.0.resnets.0.norm1.weight')],
  ['Stable Diffusion 3', named(`${unet}joint_blocks.0.x_block.attn.qkv.weight`, 'v')],
  ['Flux', named('double_blocks.0.img_attn.qkv.weight')],
  ['a LoRA', named('lora_unet_input_blocks_4_1_proj_in.lora_down.weight')],
  ['a LoRA', named('unet.down_blocks.1.attentions.0.proj_in.lora_A.weight')],
  ['a ControlNet', named('control_model.time_embed.0.weight')],
  ['a VAE alone', strip('first_stage_model.')],
  ['a VAE alone', justThe('first_stage_model.')],
  ['the VAE of a diffusers folder', named('encoder.down_blocks.0.resnets.0.norm1.weight')],
  ['the UNet of a diffusers folder', named('down_blocks.0.resnets.0.norm1.weight')],
  ['a text encoder alone', strip('conditioner.embedders.0.transformer.')],
  ['a text encoder alone', strip('conditioner.embedders.1.model.')],
  ['a UNet alone', strip(unet)],
  [
    'a UNet without its first text encoder (CLIP-L), its second text encoder (bigG), its VAE',
    justThe(unet),
  ],
  ['a UNet without its VAE', without('first_stage_model.')],
  ['no model that is known here', named('weight')],
  ['a safetensors file without a tensor', []],
])('a file that is %s is refused as that', (what, tensors) => {
  try {
    requireSdxl(map(tensors), '/models/x.safetensors')
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expect(error.code).toBe('checkpoint-unsupported')
    expect(error.message).toContain(`/models/x.safetensors: this is ${what}`)
    return
  }
  expect.unreachable()
})
