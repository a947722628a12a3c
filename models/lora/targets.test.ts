import { expect, test } from 'vitest'
import { clipBigG, clipL } from '../networks/clip-text.ts'
import { sdxlUNet } from '../networks/unet.ts'
import { moduleNames } from './module-names.ts'
import { loraTargets } from './targets.ts'

const targets = loraTargets({
  unet: { config: sdxlUNet },
  textEncoder: { config: clipL },
  textEncoder2: { config: clipBigG },
})

test('SDXL has as many layers to adapt as its LoRAs have modules', () => {
  const count = (network: string, pattern: RegExp) =>
    targets.filter((target) => target.network === network && pattern.test(target.weight)).length
  // kohya's sd-scripts tell how many modules they make: 722 of the UNet's transformers, 72, and 192.
  expect(count('unet', /transformer_blocks|\.proj_/)).toBe(722)
  expect(count('unet', /./)).toBe(794)
  expect(count('textEncoder', /./)).toBe(72)
  expect(count('textEncoder2', /encoder\.layers/)).toBe(192)
  expect(count('textEncoder2', /./)).toBe(193)
})

test('no name means two layers', () => {
  const names = moduleNames(targets, sdxlUNet)
  const reached = new Set(names.values())
  expect(reached.size).toBe(targets.length)
  const alone = targets.map((target) => moduleNames([target], sdxlUNet).size)
  expect(names.size).toBe(alone.reduce((sum, size) => sum + size, 0))
})

test.each([
  [
    'input_blocks_4_1_transformer_blocks_0_attn1_to_q',
    'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q',
  ],
  ['output_blocks_2_1_proj_in', 'up_blocks.0.attentions.2.proj_in'],
  [
    'middle_block_1_transformer_blocks_9_ff_net_0_proj',
    'mid_block.attentions.0.transformer_blocks.9.ff.net.0.proj',
  ],
  ['input_blocks_4_0_in_layers_2', 'down_blocks.1.resnets.0.conv1'],
  ['input_blocks_4_0_emb_layers_1', 'down_blocks.1.resnets.0.time_emb_proj'],
  ['input_blocks_4_0_skip_connection', 'down_blocks.1.resnets.0.conv_shortcut'],
  ['input_blocks_3_0_op', 'down_blocks.0.downsamplers.0.conv'],
  ['output_blocks_2_2_conv', 'up_blocks.0.upsamplers.0.conv'],
  ['time_embed_0', 'time_embedding.linear_1'],
  ['label_emb_0_2', 'add_embedding.linear_2'],
  ['out_2', 'conv_out'],
  [
    'down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_out_0',
    'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0',
  ],
])('kohya names a layer of the UNet lora_unet_%s', (name, layer) => {
  const target = moduleNames(targets, sdxlUNet).get(`lora_unet_${name}`)
  expect(target).toMatchObject({ network: 'unet', weight: `${layer}.weight` })
})

const block = 'down_blocks.1.attentions.0.transformer_blocks.0'
const layer = 'encoder.layers.3'
test.each([
  [`unet.${block}.attn2.to_k`, 'unet', `${block}.attn2.to_k`],
  [`unet.${block}.attn1.processor.to_out`, 'unet', `${block}.attn1.to_out.0`],
  [`${block}.attn1.processor.to_q`, 'unet', `${block}.attn1.to_q`],
  ['diffusion_model.input_blocks.3.0.op', 'unet', 'down_blocks.0.downsamplers.0.conv'],
  ['unet.input_blocks.4.1.proj_in', 'unet', 'down_blocks.1.attentions.0.proj_in'],
  [`base_model.model.${block}.attn1.to_out.0`, 'unet', `${block}.attn1.to_out.0`],
  ['lycoris_down_blocks_1_attentions_0_transformer_blocks_0_ff_net_2', 'unet', `${block}.ff.net.2`],
  [
    `clip_l.text_model.${layer}.self_attn.q_proj`,
    'textEncoder',
    `text_model.${layer}.self_attn.q_proj`,
  ],
  ['clip_g.text_projection', 'textEncoder2', 'text_projection'],
  [
    `text_encoders.clip_g.transformer.text_model.${layer}.mlp.fc1`,
    'textEncoder2',
    `text_model.${layer}.mlp.fc1`,
  ],
  ['lora_te_text_model_encoder_layers_3_mlp_fc1', 'textEncoder', `text_model.${layer}.mlp.fc1`],
  [
    'lora_te1_text_model_encoder_layers_3_self_attn_q_proj',
    'textEncoder',
    `text_model.${layer}.self_attn.q_proj`,
  ],
  [
    'lora_te2_text_model_encoder_layers_3_self_attn_out_proj',
    'textEncoder2',
    `text_model.${layer}.self_attn.out_proj`,
  ],
  ['lora_te2_text_projection', 'textEncoder2', 'text_projection'],
  [
    `text_encoder.text_model.${layer}.self_attn.to_v`,
    'textEncoder',
    `text_model.${layer}.self_attn.v_proj`,
  ],
  [`text_encoder_2.${layer}.mlp.fc2`, 'textEncoder2', `text_model.${layer}.mlp.fc2`],
])('%s is a layer of the %s', (name, network, weight) => {
  const target = moduleNames(targets, sdxlUNet).get(name)
  expect(target).toMatchObject({ network, weight: `${weight}.weight` })
})
