import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { diffusersTextSources, diffusersVaeSources } from './diffusers-names.ts'
import {
  ldmClipSources,
  ldmOpenClipSources,
  ldmUnetSources,
  ldmVaeSources,
  type Source,
} from './ldm-names.ts'
import { sdxlSingleFileTensors, type TensorShape } from './sdxl-single-file.ts'
import { sdxlWeights } from './sdxl-weights.case.ts'

const unet = { depths: [0, 2, 10], resnetsPerLevel: 2 }
const vae = { channels: [128, 256, 512, 512] }
const weights = sdxlWeights()
const stored = new Map(sdxlSingleFileTensors().map((tensor) => [tensor.name, tensor.shape]))

/** SHA-256 of the sorted lines "NAME D,D,…". */
function digest(tensors: readonly TensorShape[]): string {
  const lines = tensors.map(({ name, shape }) => `${name} ${shape.join(',')}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

// Of the state_dict() of UNet2DConditionModel, AutoencoderKL (diffusers 0.42.1), CLIPTextModel and
// CLIPTextModelWithProjection (transformers 5.23) built with SDXL base's configs.
test.each([
  ['unet', 1680, '10ca6f4d2ccd6cecf63756a63f08225ba0ac806491b0ba83124d630886bf94fa'],
  ['vae', 248, 'e35b8495640e49ff715d899fb0724529362d990a00fe6e16e6578dd957c8866f'],
  ['textEncoder', 196, 'e4df9424a750369b9fd507f269a0b9c0ddba16a4e84f9b5027b83d475d7778c4'],
  ['textEncoder2', 517, '0ddfa60672e5b31437ecdcbf68ffd790b9d7c3808df4311feffe9c0688f5e17a'],
] as const)('the names and shapes of the %s are those of diffusers', (part, count, sha256) => {
  expect(weights[part]).toHaveLength(count)
  expect(digest(weights[part])).toBe(sha256)
})

test('every weight of SDXL lies in its single file, in the shape it takes there', () => {
  const storedShape = ({ shape }: TensorShape, { as }: Source) => {
    if (as === 'transposed') return shape.toReversed()
    return typeof as === 'number' ? [3 * (shape[0] ?? 0), ...shape.slice(1)] : shape
  }
  const wrong = all().filter(({ weight, source }) => {
    const shape = stored.get(source.name)
    const flat = source.as === 'flat' ? [...weight.shape, 1, 1] : undefined
    const shapes = [storedShape(weight, source), flat].map(String)
    return !shape || !shapes.includes(String(shape))
  })
  expect(wrong).toEqual([])
})

test('the two naming schemes of SDXL are a bijection, but for position ids and the logit scale', () => {
  const places = all().map(({ source }) => `${source.name} ${source.as}`)
  expect(new Set(places).size).toBe(places.length)
  const used = new Set(all().map(({ source }) => source.name))
  expect([...stored.keys()].filter((name) => !used.has(name))).toEqual([
    'conditioner.embedders.0.transformer.text_model.embeddings.position_ids',
    'conditioner.embedders.1.model.logit_scale',
  ])
})

// From diffusers' convert_ldm_unet_checkpoint and convert_ldm_vae_checkpoint.
test.each([
  ['up_blocks.0.upsamplers.0.conv.bias', 'output_blocks.2.2.conv.bias'],
  ['up_blocks.1.resnets.2.conv_shortcut.weight', 'output_blocks.5.0.skip_connection.weight'],
  ['down_blocks.2.attentions.1.norm.weight', 'input_blocks.8.1.norm.weight'],
  ['mid_block.resnets.1.norm2.bias', 'middle_block.2.out_layers.0.bias'],
])('the UNet weight %s is stored as %s', (name, ldm) => {
  expect(ldmUnetSources(name, unet)).toEqual([{ name: `model.diffusion_model.${ldm}`, as: 'same' }])
})

test('the upsampler of a level without attention comes one place earlier', () => {
  const plain = { depths: [0, 0, 10], resnetsPerLevel: 2 }
  expect(ldmUnetSources('up_blocks.1.upsamplers.0.conv.weight', plain)[0]?.name).toBe(
    'model.diffusion_model.output_blocks.5.1.conv.weight',
  )
})

test('the decoder of a VAE counts its levels from the other end, under either prefix', () => {
  expect(ldmVaeSources('decoder.up_blocks.2.resnets.0.conv_shortcut.weight', vae)).toEqual([
    { name: 'first_stage_model.decoder.up.1.block.0.nin_shortcut.weight', as: 'flat' },
    { name: 'vae.decoder.up.1.block.0.nin_shortcut.weight', as: 'flat' },
  ])
})

test('a name that the layout has no place for has no source', () => {
  expect(ldmUnetSources('encoder_hid_proj.weight', unet)).toEqual([])
  expect(ldmVaeSources('decoder.mid_block.attentions.0.spatial.weight', vae)).toEqual([])
  expect(ldmOpenClipSources('visual.proj')).toEqual([])
})

test('text encoders answer to their names with and without the prefix, in files with and without it', () => {
  const name = 'encoder.layers.3.mlp.fc2.bias'
  expect(ldmClipSources(`text_model.${name}`)).toEqual(ldmClipSources(name))
  expect(diffusersTextSources(name).map((source) => source.name)).toEqual([
    `text_model.${name}`,
    name,
  ])
})

test('the attention of an old VAE folder is found by its old names', () => {
  const names = diffusersVaeSources('encoder.mid_block.attentions.0.to_out.0.weight')
  expect(names.map(({ name }) => name)).toContain('encoder.mid_block.attentions.0.proj_attn.weight')
})

/** Each weight of SDXL with the place in the single file that it is found at. */
function all(): { weight: TensorShape; source: Source }[] {
  const places = [
    ...weights.unet.map((weight) => ({ weight, sources: ldmUnetSources(weight.name, unet) })),
    ...weights.vae.map((weight) => ({ weight, sources: ldmVaeSources(weight.name, vae) })),
    ...weights.textEncoder.map((weight) => ({ weight, sources: ldmClipSources(weight.name) })),
    ...weights.textEncoder2.map((weight) => ({ weight, sources: ldmOpenClipSources(weight.name) })),
  ]
  return places.map(({ weight, sources }) => {
    const source = sources.find(({ name }) => stored.has(name))
    if (!source) throw new Error(`${weight.name} is nowhere`)
    return { weight, source }
  })
}
