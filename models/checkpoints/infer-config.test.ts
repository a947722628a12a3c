import { expect, test } from 'vitest'
import { clipBigG, clipL } from '#models/networks/clip-text.ts'
import { sdxlUNet } from '#models/networks/unet.ts'
import { sdxlVae } from '#models/networks/vae.ts'
import { inferConfigs } from './infer-config.ts'
import { sdxlSingleFileTensors, type TensorShape } from './sdxl-single-file.ts'

const sdxl = sdxlSingleFileTensors()
const map = (tensors: readonly TensorShape[]) =>
  new Map(tensors.map((tensor) => [tensor.name, tensor]))
const unet = 'model.diffusion_model.'

test('the single file of SDXL has 1680, 196, 389 and 248 tensors of its networks, 3,468,837,867 numbers', () => {
  const ours = sdxl.filter(({ name }) => !/position_ids|logit_scale/.test(name))
  const count = (prefix: string) => ours.filter(({ name }) => name.startsWith(prefix)).length
  const prefixes = [
    unet,
    'conditioner.embedders.0.',
    'conditioner.embedders.1.',
    'first_stage_model.',
  ]
  expect(prefixes.map(count)).toEqual([1680, 196, 389, 248])
  expect(sdxl).toHaveLength(2515)
  const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1)
  expect(ours.reduce((sum, { shape }) => sum + size(shape), 0)).toBe(3_468_837_867)
})

test("SDXL's own configuration comes out of the names and shapes of its single file", () => {
  expect(inferConfigs(map(sdxl), 'x')).toEqual({
    unet: sdxlUNet,
    vae: sdxlVae,
    textEncoder: clipL,
    textEncoder2: clipBigG,
  })
})

test('a guidance embedding and 1×1 convolutions around the attention are seen', () => {
  const tensors = sdxl.map(({ name, shape }) =>
    /proj_(in|out)\.weight$/.test(name) && name.startsWith(unet)
      ? { name, shape: [...shape, 1, 1] }
      : { name, shape },
  )
  tensors.push({ name: `${unet}time_embed.cond_proj.weight`, shape: [320, 256] })
  const config = inferConfigs(map(tensors), 'x').unet
  expect(config).toMatchObject({ linearProjection: false, guidanceEmbeddingWidth: 256 })
})

// Depths of SSD-1B (its last down level 4 of 10), of Segmind Vega (no attention in the middle), of KOALA (one resnet
// less per level).
test.each([
  ['fewer blocks in one attention', /input_blocks\.7\.1\.transformer_blocks\.[4-9]\./],
  [
    'fewer blocks in one attention on the way up',
    /output_blocks\.1\.1\.transformer_blocks\.[4-9]\./,
  ],
  ['no attention in the middle', /middle_block\.1\./],
  ['a level short of a resnet', /output_blocks\.8\./],
])('a pruned UNet with %s is refused as one', (_, pruned) => {
  const tensors = map(sdxl.filter(({ name }) => !pruned.test(name)))
  expect(() => inferConfigs(tensors, 'ssd.safetensors')).toThrow(/ssd\.safetensors: .*SSD-1B/)
})

test('a width that 64 does not divide is refused, with the sidecar as the mend', () => {
  const tensors = map(
    sdxl.map(({ name, shape }) =>
      name.endsWith('token_embedding.weight') ? { name, shape: [1000, 32] } : { name, shape },
    ),
  )
  expect(() => inferConfigs(tensors, 'mini.safetensors')).toThrow(/32 wide .* NAME\.json/)
})

test('a missing tensor that a size is read from is named', () => {
  const name = `${unet}label_emb.0.0.weight`
  const tensors = map(sdxl.filter((tensor) => tensor.name !== name))
  expect(() => inferConfigs(tensors, 'x')).toThrow(`x: the tensor ${name} is missing.`)
})
