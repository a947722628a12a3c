/** Every tensor of SDXL base's own single file, by rule: what tests and benches build a checkpoint from. */
export interface TensorShape {
  readonly name: string
  readonly shape: readonly number[]
}

/** The 2,515 names and shapes of sd_xl_base_1.0.safetensors, whose types are all F16 but for position_ids (I64). */
export function sdxlSingleFileTensors(): TensorShape[] {
  return [
    ...within('model.diffusion_model.', unet()),
    ...within('conditioner.embedders.0.transformer.text_model.', clip()),
    ...within('conditioner.embedders.1.model.', openClip()),
    ...within('first_stage_model.', vae()),
  ]
}

const context = 2048
const embedding = 1280

function unet(): TensorShape[] {
  const output = (block: number, from: number, to: number, depth: number) => [
    ...within(`output_blocks.${block}.0.`, resnet(from, to)),
    ...(depth > 0 ? within(`output_blocks.${block}.1.`, transformer(to, depth)) : []),
  ]
  const input = (block: number, from: number, to: number, depth: number) => [
    ...within(`input_blocks.${block}.0.`, resnet(from, to)),
    ...(depth > 0 ? within(`input_blocks.${block}.1.`, transformer(to, depth)) : []),
  ]
  return [
    ...layer('time_embed.0', [embedding, 320]),
    ...layer('time_embed.2', [embedding, embedding]),
    ...layer('label_emb.0.0', [embedding, 2816]),
    ...layer('label_emb.0.2', [embedding, embedding]),
    ...layer('input_blocks.0.0', [320, 4, 3, 3]),
    ...input(1, 320, 320, 0),
    ...input(2, 320, 320, 0),
    ...layer('input_blocks.3.0.op', [320, 320, 3, 3]),
    ...input(4, 320, 640, 2),
    ...input(5, 640, 640, 2),
    ...layer('input_blocks.6.0.op', [640, 640, 3, 3]),
    ...input(7, 640, 1280, 10),
    ...input(8, 1280, 1280, 10),
    ...within('middle_block.0.', resnet(1280, 1280)),
    ...within('middle_block.1.', transformer(1280, 10)),
    ...within('middle_block.2.', resnet(1280, 1280)),
    ...output(0, 2560, 1280, 10),
    ...output(1, 2560, 1280, 10),
    ...output(2, 1920, 1280, 10),
    ...layer('output_blocks.2.2.conv', [1280, 1280, 3, 3]),
    ...output(3, 1920, 640, 2),
    ...output(4, 1280, 640, 2),
    ...output(5, 960, 640, 2),
    ...layer('output_blocks.5.2.conv', [640, 640, 3, 3]),
    ...output(6, 960, 320, 0),
    ...output(7, 640, 320, 0),
    ...output(8, 640, 320, 0),
    ...norm('out.0', 320),
    ...layer('out.2', [4, 320, 3, 3]),
  ]
}

function resnet(from: number, to: number): TensorShape[] {
  return [
    ...norm('in_layers.0', from),
    ...layer('in_layers.2', [to, from, 3, 3]),
    ...layer('emb_layers.1', [to, embedding]),
    ...norm('out_layers.0', to),
    ...layer('out_layers.3', [to, to, 3, 3]),
    ...(from === to ? [] : layer('skip_connection', [to, from, 1, 1])),
  ]
}

function transformer(width: number, depth: number): TensorShape[] {
  const attention = (name: string, from: number) => [
    { name: `${name}.to_q.weight`, shape: [width, width] },
    { name: `${name}.to_k.weight`, shape: [width, from] },
    { name: `${name}.to_v.weight`, shape: [width, from] },
    ...layer(`${name}.to_out.0`, [width, width]),
  ]
  const block = [
    ...attention('attn1', width),
    ...layer('ff.net.0.proj', [8 * width, width]),
    ...layer('ff.net.2', [width, 4 * width]),
    ...attention('attn2', context),
    ...['norm1', 'norm2', 'norm3'].flatMap((name) => norm(name, width)),
  ]
  return [
    ...norm('norm', width),
    ...layer('proj_in', [width, width]),
    ...range(depth).flatMap((i) => within(`transformer_blocks.${i}.`, block)),
    ...layer('proj_out', [width, width]),
  ]
}

function vae(): TensorShape[] {
  const channels = [128, 256, 512, 512]
  const block = (from: number, to: number) => [
    ...norm('norm1', from),
    ...layer('conv1', [to, from, 3, 3]),
    ...norm('norm2', to),
    ...layer('conv2', [to, to, 3, 3]),
    ...(from === to ? [] : layer('nin_shortcut', [to, from, 1, 1])),
  ]
  const middle = [
    ...within('block_1.', block(512, 512)),
    ...norm('attn_1.norm', 512),
    ...['q', 'k', 'v', 'proj_out'].flatMap((name) => layer(`attn_1.${name}`, [512, 512, 1, 1])),
    ...within('block_2.', block(512, 512)),
  ]
  const level = (name: string, from: number, { to, blocks }: { to: number; blocks: number }) =>
    range(blocks).flatMap((i) => within(`${name}.block.${i}.`, block(i === 0 ? from : to, to)))
  const resampler = (name: string, width: number) => layer(`${name}.conv`, [width, width, 3, 3])
  const encoder = channels.flatMap((to, i) => [
    ...level(`down.${i}`, channels[i - 1] ?? 128, { to, blocks: 2 }),
    ...(i < 3 ? resampler(`down.${i}.downsample`, to) : []),
  ])
  const decoder = channels.flatMap((to, i) => [
    ...level(`up.${i}`, channels[i + 1] ?? 512, { to, blocks: 3 }),
    ...(i > 0 ? resampler(`up.${i}.upsample`, to) : []),
  ])
  const ends = (input: number[], last: number, output: number[]) => [
    ...layer('conv_in', input),
    ...within('mid.', middle),
    ...norm('norm_out', last),
    ...layer('conv_out', output),
  ]
  return [
    ...within('encoder.', [...encoder, ...ends([128, 3, 3, 3], 512, [8, 512, 3, 3])]),
    ...within('decoder.', [...decoder, ...ends([512, 4, 3, 3], 128, [3, 128, 3, 3])]),
    ...layer('quant_conv', [8, 8, 1, 1]),
    ...layer('post_quant_conv', [4, 4, 1, 1]),
  ]
}

function clip(): TensorShape[] {
  const block = [
    ...norm('layer_norm1', 768),
    ...['q', 'k', 'v', 'out'].flatMap((name) => layer(`self_attn.${name}_proj`, [768, 768])),
    ...norm('layer_norm2', 768),
    ...layer('mlp.fc1', [3072, 768]),
    ...layer('mlp.fc2', [768, 3072]),
  ]
  return [
    { name: 'embeddings.position_ids', shape: [1, 77] },
    { name: 'embeddings.token_embedding.weight', shape: [49408, 768] },
    { name: 'embeddings.position_embedding.weight', shape: [77, 768] },
    ...range(12).flatMap((i) => within(`encoder.layers.${i}.`, block)),
    ...norm('final_layer_norm', 768),
  ]
}

function openClip(): TensorShape[] {
  const block = [
    ...norm('ln_1', 1280),
    { name: 'attn.in_proj_weight', shape: [3840, 1280] },
    { name: 'attn.in_proj_bias', shape: [3840] },
    ...layer('attn.out_proj', [1280, 1280]),
    ...norm('ln_2', 1280),
    ...layer('mlp.c_fc', [5120, 1280]),
    ...layer('mlp.c_proj', [1280, 5120]),
  ]
  return [
    { name: 'positional_embedding', shape: [77, 1280] },
    { name: 'text_projection', shape: [1280, 1280] },
    { name: 'logit_scale', shape: [] },
    { name: 'token_embedding.weight', shape: [49408, 1280] },
    ...range(32).flatMap((i) => within(`transformer.resblocks.${i}.`, block)),
    ...norm('ln_final', 1280),
  ]
}

/** A weight, and a bias as long as its first dimension. */
function layer(name: string, shape: readonly number[]): TensorShape[] {
  return [
    { name: `${name}.weight`, shape },
    { name: `${name}.bias`, shape: shape.slice(0, 1) },
  ]
}

function norm(name: string, width: number): TensorShape[] {
  return layer(name, [width])
}

function within(prefix: string, tensors: readonly TensorShape[]): TensorShape[] {
  return tensors.map(({ name, shape }) => ({ name: prefix + name, shape }))
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}
