import { expect, test } from 'vitest'
import { Failure } from '#contract'
import { openLora } from './lora-file.ts'
import { loraFile, type MadeTensor } from './lora-files.case.ts'
import type { LoraTarget } from './targets.ts'

const linear: LoraTarget = { network: 'unet', weight: 'a.to_q.weight', shape: [6, 4] }
const conv: LoraTarget = { network: 'unet', weight: 'a.conv.weight', shape: [6, 4, 3, 3] }
const text: LoraTarget = { network: 'textEncoder', weight: 'b.weight', shape: [5, 5] }
const names = new Map([
  ['lora_unet_a_to_q', linear],
  ['unet.a.to_q', linear],
  ['unet.a.processor.to_q', linear],
  ['lora_unet_a_conv', conv],
  ['lora_te1_b', text],
])

type Tensors = Readonly<Record<string, MadeTensor | readonly number[]>>

const opened = async (tensors: Tensors, metadata?: Readonly<Record<string, string>>) =>
  openLora(await loraFile(tensors, metadata), names)

const kohya: Tensors = {
  'lora_unet_a_to_q.lora_down.weight': [2, 4],
  'lora_unet_a_to_q.lora_up.weight': [6, 2],
}
const peft: Tensors = { 'unet.a.to_q.lora_A.weight': [2, 4], 'unet.a.to_q.lora_B.weight': [6, 2] }

test('matrices stay where the file has them, and their scale is alpha by rank', async () => {
  const { modules } = await opened({
    ...kohya,
    'lora_unet_a_to_q.alpha': { shape: [], data: [0.5] },
  })
  const module = modules.unet.get('a.to_q.weight')
  expect(module).toMatchObject({ rank: 2, scale: 0.25 })
  expect(module?.down).toMatchObject({ type: 'F32', shape: [2, 4], bytes: { length: 32 } })
  expect(module?.up).toMatchObject({ type: 'F32', shape: [6, 2], bytes: { length: 48 } })
  expect([modules.unet.size, modules.textEncoder.size, modules.textEncoder2.size]).toEqual([
    1, 0, 0,
  ])
})

test.each([
  ['unet.a.to_q.lora_A.weight', 'unet.a.to_q.lora_B.weight'],
  ['unet.a.to_q.lora_A.default.weight', 'unet.a.to_q.lora_B.default.weight'],
  ['unet.a.to_q.lora.down.weight', 'unet.a.to_q.lora.up.weight'],
  ['unet.a.to_q.lora_linear_layer.down.weight', 'unet.a.to_q.lora_linear_layer.up.weight'],
  ['unet.a.processor.to_q_lora.down.weight', 'unet.a.processor.to_q_lora.up.weight'],
  ['lora_unet_a_to_q.lora_down.weight', 'lora_unet_a_to_q.lora_up.weight'],
])('%s is the first matrix of the layer that its name means', async (down, up) => {
  const { modules } = await opened({ [down]: [2, 4], [up]: [6, 2] })
  expect(modules.unet.get('a.to_q.weight')).toMatchObject({ rank: 2, scale: 1 })
})

test('a linear layer may have been trained as a convolution of one pixel', async () => {
  const { modules } = await opened({
    'lora_unet_a_to_q.lora_down.weight': [2, 4, 1, 1],
    'lora_unet_a_to_q.lora_up.weight': [6, 2, 1, 1],
    'lora_unet_a_conv.lora_down.weight': [3, 4, 3, 3],
    'lora_unet_a_conv.lora_up.weight': [6, 3],
  })
  expect(modules.unet.get('a.to_q.weight')?.down.shape).toEqual([2, 4])
  expect(modules.unet.get('a.conv.weight')?.up.shape).toEqual([6, 3, 1, 1])
})

const scalar = (type: 'F16' | 'BF16' | 'F64' | 'I64', ...bytes: number[]): MadeTensor => {
  return { shape: [1], raw: [type, Uint8Array.from(bytes)] }
}

// 6 in each: as half 0x4600, as bfloat16 0x40c0, as double 0x4018…
test.each([
  ['F16', scalar('F16', 0x00, 0x46)],
  ['BF16', scalar('BF16', 0xc0, 0x40)],
  ['F64', scalar('F64', 0, 0, 0, 0, 0, 0, 0x18, 0x40)],
  ['I64', scalar('I64', 6, 0, 0, 0, 0, 0, 0, 0)],
])('an alpha may be of type %s', async (_, alpha) => {
  const { modules } = await opened({ ...kohya, 'lora_unet_a_to_q.alpha': alpha })
  expect(modules.unet.get('a.to_q.weight')?.scale).toBe(3)
})

test.each([
  [{ 'unet.lora_alpha': 8 }, 4],
  [{ 'unet.lora_alpha': 8, 'unet.alpha_pattern': { to_q: 3 } }, 1.5],
  [{ 'unet.lora_alpha': 8, 'unet.alpha_pattern': { o_q: 3 } }, 4],
  [{ 'unet.lora_alpha': 8, 'unet.use_rslora': true }, 8 / Math.SQRT2],
  [{ 'text_encoder.lora_alpha': 8 }, 1],
])('the settings %j give the scale %f', async (settings, scale) => {
  const { modules } = await opened(peft, { lora_adapter_metadata: JSON.stringify(settings) })
  expect(modules.unet.get('a.to_q.weight')?.scale).toBe(scale)
})

const down = (name: string, ...shape: number[]): Tensors => {
  return { [`${name}.lora_down.weight`]: shape, [`${name}.lora_up.weight`]: [9, shape[0] ?? 0] }
}
const wide: Tensors = {
  'lora_unet_a_conv.lora_down.weight': [10_000, 4, 3, 3],
  'lora_unet_a_conv.lora_up.weight': [6, 10_000],
}
const attn = 'lora_unet_x_attn2_to_k'

test.each<[string, Tensors, RegExp]>([
  ['SD 1.5', down(attn, 2, 768), /: this LoRA is for SD 1\.5: 0 of its 2 keys fit/],
  ['SD 2', down(attn, 2, 1024), /is for SD 2\.x: 0 of/],
  ['Flux', down('lora_unet_double_blocks_0_img_attn_qkv', 2, 9), /is for Flux: 0 of/],
  ['SD 3', down('lora_unet_joint_blocks_0_x_block_attn_qkv', 2, 9), /is for SD 3: 0 of/],
  ['Qwen-Image', down('transformer.transformer_blocks.0.img_mlp.net.2', 2, 9), /for Qwen-Image: 0/],
  ['Z-Image', down('diffusion_model.layers.0.attention.to_q', 2, 9), /is for Z-Image or Lumina/],
  ['another width', { ...kohya, ...down('lora_te1_b', 2, 7) }, /: 2 of its 4 keys fit, lora_te1_b/],
  [
    'an unknown key',
    { ...kohya, emb: [3] },
    /is for another model: 2 of its 3 keys fit, emb does not/,
  ],
  ['a lone alpha', { ...kohya, 'lora_te1_b.alpha': [1] }, /2 of its 3 keys fit/],
  ['no tensor', {}, /0 of its 0 keys fit/],
  [
    'DoRA',
    { ...kohya, 'lora_unet_a_to_q.dora_scale': [6, 1] },
    /is DoRA \(it has lora_unet_a_to_q\.dora/,
  ],
  ['a rank of ten thousand', wide, /has a rank of 10000 in lora_unet_a_conv, and at most 4096/],
  ['LoHa by Tucker', { 'lora_unet_a_conv.hada_t1': [2, 2, 3, 3] }, /is LoHa with a middle/],
  ['LoKr by Tucker', { 'lora_unet_a_conv.lokr_t2': [2, 2, 3, 3] }, /is LoKr with a middle/],
  ['norms', { ...kohya, 'lora_unet_a_norm.w_norm': [6] }, /is a LoRA that changes biases or norms/],
  ['IA3', { 'lora_unet_a_to_q.weight': [6], 'lora_unet_a_to_q.on_input': [1] }, /is IA3/],
  ['BOFT', { 'lora_unet_a_to_q.oft_blocks': [2, 3, 2, 2] }, /is OFT/],
  [
    'a bundled embedding',
    { ...kohya, 'bundle_emb.sea.clip_l': [2, 7] },
    /is a LoRA with an embedding bundled in it \(it has bundle_emb\.sea\.clip_l\), a new word/,
  ],
  ['textual inversion', { clip_l: [2, 768], clip_g: [2, 1280] }, /is a textual inversion emb/],
  ['a Control-LoRA', { lora_controlnet: [] }, /is a ControlNet \(it has lora_controlnet\)/],
  [
    'a checkpoint',
    { 'model.diffusion_model.out.2.bias': [4] },
    /is a whole checkpoint .* named with --checkpoint/,
  ],
  [
    'a middle factor alone',
    { 'lora_unet_a_conv.lora_mid.weight': [2, 2, 3, 3] },
    /: 0 of its 1 keys fit, lora_unet_a_conv/,
  ],
  [
    'a middle factor of a linear layer',
    { ...kohya, 'lora_unet_a_to_q.lora_mid.weight': [2, 2, 1, 1] },
    /: 0 of its 3 keys fit, lora_unet_a_to_q/,
  ],
])('%s is refused by name', async (_, tensors, sentence) => {
  const refused = opened(tensors)
  await expect(refused).rejects.toThrow(sentence)
  await expect(refused).rejects.toMatchObject({ code: 'checkpoint-unsupported' })
})

test.each<[string, Tensors, RegExp]>([
  [
    'half a module',
    { 'lora_te1_b.lora_down.weight': [2, 5] },
    /the down half of lora_te1_b without the up/,
  ],
  [
    'one matrix in two spellings',
    { ...peft, 'unet.a.to_q.lora_A.default.weight': [2, 4] },
    /has what unet\.a\.to_q\.lora_A\.default\.weight is twice/,
  ],
  ['a rank of zero', down('lora_unet_a_to_q', 0, 4), /has a rank of 0 in lora_unet_a_to_q/],
  [
    'a layer adapted twice',
    { ...kohya, ...peft },
    /adapts a\.to_q\.weight twice, once as unet\.a\.to_q/,
  ],
  [
    'an alpha of two numbers',
    { ...kohya, 'lora_unet_a_to_q.alpha': [2] },
    /alpha is no number but F32 \[2\]/,
  ],
  [
    'an infinite alpha',
    { ...kohya, 'lora_unet_a_to_q.alpha': { shape: [], data: [1 / 0] } },
    /is no number/,
  ],
])('%s is refused as damaged', async (_, tensors, sentence) => {
  const refused = opened(tensors)
  await expect(refused).rejects.toThrow(sentence)
  await expect(refused).rejects.toBeInstanceOf(Failure)
  await expect(refused).rejects.toMatchObject({ code: 'checkpoint-invalid' })
})

test('settings that are no JSON object are refused as damaged', async () => {
  await expect(opened(peft, { lora_adapter_metadata: '{' })).rejects.toThrow('is not JSON')
  await expect(opened(peft, { lora_adapter_metadata: '[]' })).rejects.toThrow('is not an object')
  const endless = { lora_adapter_metadata: '{"unet.lora_alpha": 1e999}' }
  await expect(opened(peft, endless)).rejects.toThrow('an alpha without end')
})
