import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Failure } from '#contract'
import { writeQwen2 } from '../networks/goldens/qwen2.ts'
import { qwen2Config } from './qwen2-config.ts'
import { openQwen2Folder } from './qwen2-folder.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'i2i-qwen2-folder-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Qwen2.5-7B's own. */
const published = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151643,
  hidden_act: 'silu',
  hidden_size: 3584,
  initializer_range: 0.02,
  intermediate_size: 18944,
  max_position_embeddings: 131072,
  max_window_layers: 28,
  model_type: 'qwen2',
  num_attention_heads: 28,
  num_hidden_layers: 28,
  num_key_value_heads: 4,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 131072,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  use_mrope: false,
  use_sliding_window: false,
  vocab_size: 152064,
}

test('the config of Qwen2.5-7B is read as published', () => {
  expect(qwen2Config(published, 'config.json')).toEqual({
    vocabulary: 152_064,
    width: 3584,
    hidden: 18_944,
    layers: 28,
    heads: 28,
    kvHeads: 4,
    headWidth: 128,
    theta: 1e6,
    epsilon: 1e-6,
    tied: false,
  })
})

test('the base of the rotary embedding is read where transformers 5 has it', () => {
  const { rope_theta: _, ...rest } = published
  const later = { ...rest, rope_parameters: { rope_type: 'default', rope_theta: 5e5 } }
  expect(qwen2Config(later, 'config.json').theta).toBe(5e5)
})

test.each([
  [{ model_type: 'llama' }, /type "llama", not qwen2: name the folder of a Qwen 2.5/],
  [{ model_type: undefined }, /not qwen2/],
  [{ rope_scaling: { type: 'yarn', factor: 4 } }, /rotary embedding scaled by yarn/],
  [{ use_sliding_window: true }, /a sliding window/],
  [{ hidden_act: 'gelu' }, /hidden_act gelu/],
  [{ num_key_value_heads: 3 }, /28 heads that share 3 of keys and values/],
  [{ head_dim: 64 }, /heads that are not 3584 wide together/],
])('a config with %o is another network, and refused in words', (change, message) => {
  const config = { ...published, ...change }
  expect(failureOf(() => qwen2Config(config, 'config.json'))).toMatchObject({
    code: 'checkpoint-unsupported',
    message: expect.stringMatching(message),
  })
})

test('a config without a size is damaged', () => {
  const { hidden_size: _, ...rest } = published
  expect(failureOf(() => qwen2Config(rest, '/m/config.json'))).toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringMatching(/^\/m\/config\.json .*hidden_size/),
  })
})

test('weights of a folder in several files are found in each', async () => {
  const path = await writeQwen2(folder, { variant: 'untied', shards: 3 })
  const { weight, config } = await openQwen2Folder(path)
  const files = ['lm_head.weight', 'model.norm.weight', 'model.embed_tokens.weight'].map((name) => {
    const shape = name === 'model.norm.weight' ? [config.width] : [config.vocabulary, config.width]
    const { bytes } = weight(name, shape)
    return bytes instanceof Uint8Array ? '' : bytes.file
  })
  expect(new Set(files).size).toBeGreaterThan(1)
})

test('a missing shard is named, and so is the mend', async () => {
  const path = await writeQwen2(folder, { variant: 'tied', shards: 2 })
  await rm(join(path, 'model-00002-of-00002.safetensors'))
  await expect(openQwen2Folder(path)).rejects.toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringMatching(/model-00002-of-00002\.safetensors cannot be opened/),
  })
})

test('a missing tensor is named as one of a Qwen 2.5', async () => {
  const path = await writeQwen2(folder, { variant: 'tied' })
  const { weight } = await openQwen2Folder(path)
  expect(failureOf(() => weight('lm_head.weight', [512, 64]))).toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringMatching(/no tensor lm_head\.weight: it is not a full Qwen 2\.5/),
  })
})

test('the ids that end a text are those of both configs', async () => {
  const path = await writeQwen2(folder, { variant: 'untied' })
  expect((await openQwen2Folder(path)).endIds).toEqual([500])
  const generation = JSON.stringify({ eos_token_id: [501, 500] })
  await writeFile(join(path, 'generation_config.json'), generation)
  expect((await openQwen2Folder(path)).endIds).toEqual([500, 501])
})

test.each([
  ['model_index.json', /is a diffusers folder/],
  ['qwen2.5-7b-q4.gguf', /as GGUF only/],
  ['readme.md', /has no config\.json: name the folder of a Qwen 2\.5/],
])('a folder with %s alone is refused in words', async (file, message) => {
  const path = join(folder, `with-${file}`)
  await mkdir(path)
  await writeFile(join(path, file), '{}')
  await expect(openQwen2Folder(path)).rejects.toMatchObject({
    code: 'checkpoint-unsupported',
    message: expect.stringMatching(message),
  })
})

test('a folder that is not there is said to be none', async () => {
  await expect(openQwen2Folder(join(folder, 'nowhere'))).rejects.toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringMatching(/No folder can be read at .*nowhere: name the folder/),
  })
})

test('a config that is no JSON is said to be damaged', async () => {
  const path = await writeQwen2(folder, { variant: 'tied-bf16' })
  const config = await readFile(join(path, 'config.json'), 'utf8')
  await writeFile(join(path, 'config.json'), config.slice(0, 40))
  await expect(openQwen2Folder(path)).rejects.toMatchObject({ code: 'checkpoint-invalid' })
})

function failureOf(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('nothing was refused')
}
