import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCheckpoint } from './checkpoint.ts'
import { writeSafetensors } from './write-safetensors.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffusers-'))
  await writePipeline()
})
afterEach(() => rm(folder, { recursive: true }))

async function json(name: string, value: unknown): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), JSON.stringify(value))
}

/** A file of one tensor of two numbers, whose first byte is `mark`. */
async function weights(name: string, tensor: string, mark = 0): Promise<void> {
  const data = Uint8Array.of(mark, 0, 0, 0)
  await writeSafetensors(join(folder, name), [{ name: tensor, type: 'F16', shape: [2], data }])
}

const both = ['transformers', 'CLIPTextModel']
const index = {
  _class_name: 'StableDiffusionXLPipeline',
  text_encoder: both,
  text_encoder_2: both,
  unet: ['diffusers', 'UNet2DConditionModel'],
}

async function writePipeline(): Promise<void> {
  await json('model_index.json', index)
  await json('unet/config.json', {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 8,
    block_out_channels: [32, 64],
    attention_head_dim: [2, 4],
    cross_attention_dim: 64,
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    projection_class_embeddings_input_dim: 80,
  })
  await json('vae/config.json', { block_out_channels: [32] })
  const clip = { hidden_size: 32, num_attention_heads: 4, projection_dim: 32 }
  await json('text_encoder/config.json', clip)
  await json('text_encoder_2/config.json', clip)
  await weights('unet/diffusion_pytorch_model.safetensors', 'conv_in.bias', 1)
  await weights('vae/diffusion_pytorch_model.safetensors', 'encoder.conv_in.bias')
  await weights('text_encoder/model.safetensors', 'text_model.final_layer_norm.bias')
  await weights('text_encoder_2/model.safetensors', 'final_layer_norm.bias')
}

const unetFile = 'unet/diffusion_pytorch_model'

test('a folder gives weights by their names, with and without the prefix of text models', async () => {
  const checkpoint = await openCheckpoint(folder)
  expect(checkpoint.unet.weight('conv_in.bias', [2])).toMatchObject({ type: 'F16', shape: [2] })
  expect(checkpoint.unused()).toHaveLength(3)
  checkpoint.vae.weight('encoder.conv_in.bias', [2])
  checkpoint.textEncoder.weight('final_layer_norm.bias', [2])
  checkpoint.textEncoder2.weight('text_model.final_layer_norm.bias', [2])
  expect(checkpoint.unused()).toEqual([])
  expect(checkpoint).toMatchObject({ zeroEmptyNegative: true, aestheticsScore: false })
  expect(() => checkpoint.unet.weight('conv_on.bias', [2])).toThrow(
    /nearest name found is conv_in\.bias/,
  )
})

test('what the pipeline says of negative prompts, scores and tokenizers is kept', async () => {
  await json('tokenizer_2/vocab.json', {})
  await json('model_index.json', {
    ...index,
    force_zeros_for_empty_prompt: false,
    requires_aesthetics_score: true,
  })
  const unet = { projection_class_embeddings_input_dim: 72 }
  const { default: config } = await import(join(folder, 'unet/config.json'), {
    with: { type: 'json' },
  })
  await json('unet/config.json', { ...config, ...unet })
  expect(await openCheckpoint(folder)).toMatchObject({
    zeroEmptyNegative: false,
    aestheticsScore: true,
    tokenizers: { second: join(folder, 'tokenizer_2') },
  })
})

test('full precision is taken before half, and half where it is all there is', async () => {
  await weights(`${unetFile}.fp16.safetensors`, 'conv_in.bias', 2)
  const file = async () => (await openCheckpoint(folder)).unet.weight('conv_in.bias', [2]).bytes
  expect(await file()).toMatchObject({ file: expect.stringMatching(/model\.safetensors$/) })
  await rm(join(folder, `${unetFile}.safetensors`))
  expect(await file()).toMatchObject({ file: expect.stringMatching(/fp16\.safetensors$/) })
})

test.each([
  '.safetensors.index.json',
  '.safetensors.index.fp16.json',
  '.fp16.safetensors.index.json',
])('weights in several files are found by their index %s', async (ending) => {
  await rm(join(folder, `${unetFile}.safetensors`))
  await weights(`${unetFile}-1.safetensors`, 'conv_in.bias')
  await weights(`${unetFile}-2.safetensors`, 'conv_out.bias')
  await json(`${unetFile}${ending}`, {
    metadata: { total_size: 8 },
    weight_map: {
      'conv_in.bias': 'diffusion_pytorch_model-1.safetensors',
      'conv_out.bias': 'diffusion_pytorch_model-2.safetensors',
    },
  })
  const { unet } = await openCheckpoint(folder)
  expect(unet.weight('conv_in.bias', [2]).bytes).toMatchObject({
    file: expect.stringMatching(/-1\.safetensors$/),
  })
  expect(unet.weight('conv_out.bias', [2]).bytes).toMatchObject({
    file: expect.stringMatching(/-2\.safetensors$/),
  })
})

test.each(['../vae/diffusion_pytorch_model.safetensors', '/etc/passwd', '..', 'a\\b.safetensors'])(
  'an index that names %s is refused',
  async (shard) => {
    await rm(join(folder, `${unetFile}.safetensors`))
    await json(`${unetFile}.safetensors.index.json`, { weight_map: { 'conv_in.bias': shard } })
    await expect(openCheckpoint(folder)).rejects.toThrow('is not a .safetensors file beside it')
  },
)

test('an index that promises a tensor its file has not is refused', async () => {
  const shard = 'diffusion_pytorch_model-1.safetensors'
  await rename(join(folder, `${unetFile}.safetensors`), join(folder, 'unet', shard))
  await json(`${unetFile}.safetensors.index.json`, { weight_map: { 'conv_out.bias': shard } })
  await expect(openCheckpoint(folder)).rejects.toThrow(
    `promises the tensor conv_out.bias in ${shard}`,
  )
})

test('weights that are only pickled are refused with the mend', async () => {
  await rename(join(folder, `${unetFile}.safetensors`), join(folder, `${unetFile}.bin`))
  await expect(openCheckpoint(folder)).rejects.toThrow(/PyTorch pickle .*safe_serialization=True/)
})

test.each([
  ['SD 1.5 or 2', { ...index, _class_name: 'StableDiffusionPipeline', text_encoder_2: undefined }],
  ['the SDXL refiner', { ...index, text_encoder: [null, null] }],
  [
    'another kind of model (FluxPipeline)',
    { ...index, _class_name: 'FluxPipeline', unet: undefined },
  ],
])('a folder that is %s is refused as that', async (what, json_) => {
  await json('model_index.json', json_)
  await expect(openCheckpoint(folder)).rejects.toMatchObject({
    code: 'checkpoint-unsupported',
    message: expect.stringContaining(`${folder}: this is ${what}`),
  })
})

test('a folder without model_index.json is refused with what to name in its place', async () => {
  const unet = join(folder, 'unet')
  await expect(openCheckpoint(unet)).rejects.toThrow(`name the folder above it, ${folder}`)
  await mkdir(join(folder, 'loras'))
  await weights('loras/sdxl.safetensors', 'a')
  const file = join(folder, 'loras/sdxl.safetensors')
  await expect(openCheckpoint(join(folder, 'loras'))).rejects.toThrow(
    `name the file in it, ${file}`,
  )
})

test('networks that cannot be plugged into each other are refused', async () => {
  await json('text_encoder_2/config.json', { hidden_size: 64, num_attention_heads: 4 })
  await expect(openCheckpoint(folder)).rejects.toThrow(
    'the UNet takes prompts 64 wide, the text encoders give 32 + 64',
  )
})

test("a folder's configs may have the infinities that Python writes", async () => {
  const path = join(folder, 'scheduler/scheduler_config.json')
  await mkdir(dirname(path), { recursive: true })
  const text =
    '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "x": NaN}'
  await writeFile(path, text)
  expect((await openCheckpoint(folder)).scheduler).toMatchObject({ spacing: 'linspace' })
})
