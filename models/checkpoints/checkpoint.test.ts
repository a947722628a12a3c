import { mkdir, mkdtemp, open, realpath, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import type { Part } from './part.ts'
import { readSafetensors } from './safetensors.ts'
import { sdxlSingleFileTensors, type TensorShape } from './sdxl-single-file.ts'
import { sdxlWeights } from './sdxl-weights.case.ts'
import { safetensorsHeader } from './write-safetensors.ts'

let folder = ''
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'checkpoint-')))
})
afterAll(() => rm(folder, { recursive: true }))

const sdxl = sdxlSingleFileTensors()
const weights = sdxlWeights()

/** A file of these half-precision tensors that takes no room: its data is a hole, which reads as zeros. */
async function sparse(
  name: string,
  tensors: readonly TensorShape[],
  metadata?: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  const typed = tensors.map((tensor) => ({ ...tensor, type: 'F16' }) as const)
  const header = safetensorsHeader(typed, metadata)
  const size = ({ shape }: TensorShape) => shape.reduce((bytes, side) => bytes * side, 2)
  await writeFile(path, header)
  await truncate(
    path,
    tensors.reduce((sum, tensor) => sum + size(tensor), header.length),
  )
  return path
}

async function json(name: string, value: unknown): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), JSON.stringify(value))
}

type PartName = keyof typeof weights

function partOf(checkpoint: Checkpoint, name: PartName): Pick<Part<unknown>, 'weight'> {
  return checkpoint[name]
}

/** Takes every weight of SDXL, and returns the ranges that they lie in. */
function takeAll(checkpoint: Checkpoint) {
  const names: PartName[] = ['unet', 'vae', 'textEncoder', 'textEncoder2']
  return names
    .flatMap((name) =>
      weights[name].map((w) => ({ ...w, ...partOf(checkpoint, name).weight(w.name, w.shape) })),
    )
    .flatMap(({ bytes }) => (bytes instanceof Uint8Array ? [] : [bytes]))
}

describe('the single file of SDXL', () => {
  let path = ''
  let checkpoint: Checkpoint
  beforeAll(async () => {
    path = await sparse('sdxl.safetensors', sdxl)
    checkpoint = await openCheckpoint(path)
  })

  test('of 6.9 GB opens in less than 100 ms of a processor', async () => {
    const times: number[] = []
    for (let run = 0; run < 3; run++) {
      const before = process.cpuUsage()
      await openCheckpoint(path)
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1_000)
    }
    expect(Math.min(...times)).toBeLessThan(100)
  })

  test('gives each of its weights once, and all of its bytes', () => {
    const ranges = takeAll(checkpoint).sort((a, b) => a.offset - b.offset)
    expect(ranges).toHaveLength(1680 + 248 + 196 + 516)
    const overlaps = ranges.filter(({ offset }, i) => {
      const before = ranges[i - 1]
      return before !== undefined && before.offset + before.length > offset
    })
    expect(overlaps).toEqual([])
    const taken = ranges.reduce((sum, { length }) => sum + length, 0)
    // The projection of the pooled prompt is re-laid, and so lies in no range.
    expect(taken).toBe(2 * (3_468_837_867 - 1280 * 1280))
    expect(checkpoint.unused()).toEqual([])
  })

  test('gives the keys of the packed attention as its second third', async () => {
    const { tensors } = await readSafetensors(path)
    const block = 'conditioner.embedders.1.model.transformer.resblocks.31.attn.in_proj_weight'
    const packed = tensors.get(block)?.bytes
    const name = 'text_model.encoder.layers.31.self_attn.k_proj.weight'
    const { bytes } = checkpoint.textEncoder2.weight(name, [1280, 1280])
    const third = 1280 * 1280 * 2
    expect(bytes).toEqual({ file: path, offset: (packed?.offset ?? 0) + third, length: third })
  })

  test('gives the projection with rows and columns exchanged', async () => {
    const { tensors } = await readSafetensors(path)
    const stored = tensors.get('conditioner.embedders.1.model.text_projection')?.bytes
    const file = await open(path, 'r+')
    await file.write(Uint8Array.of(0xab, 0xcd), 0, 2, (stored?.offset ?? 0) + 2 * (3 * 1280 + 7))
    await file.close()
    const { bytes } = checkpoint.textEncoder2.weight('text_projection.weight', [1280, 1280])
    if (!(bytes instanceof Uint8Array)) throw new Error('not re-laid')
    expect([...bytes.subarray(2 * (7 * 1280 + 3)).subarray(0, 2)]).toEqual([0xab, 0xcd])
    expect(bytes.filter((byte) => byte !== 0)).toHaveLength(2)
  })

  test('gives the attention of the VAE without the two last dimensions of its convolution', () => {
    const name = 'decoder.mid_block.attentions.0.to_q.weight'
    expect(checkpoint.vae.weight(name, [512, 512]).shape).toEqual([512, 512])
  })

  test('says which weight has another shape, and which', () => {
    expect(() => checkpoint.unet.weight('conv_in.weight', [320, 9, 3, 3])).toThrow(
      'the tensor model.diffusion_model.input_blocks.0.0.weight (conv_in.weight) has the shape [320, 4, 3, 3], not [320, 9, 3, 3]',
    )
  })

  test("has SDXL's noise, and zeros for an absent negative prompt", () => {
    expect(checkpoint.scheduler).toMatchObject({ predictionType: 'epsilon', spacing: 'leading' })
    expect(checkpoint).toMatchObject({ zeroEmptyNegative: true, aestheticsScore: false })
  })
})

test('a missing tensor is named, with the nearest name that the file has', async () => {
  const tensors = sdxl.map(({ name, shape }) => ({
    name: name.replace('middle_block.2.in_layers.2.weight', 'middle_block.2.in_layer.2.weight'),
    shape,
  }))
  const { unet } = await openCheckpoint(await sparse('renamed.safetensors', tensors))
  expect(() => unet.weight('mid_block.resnets.1.conv1.weight', [1280, 1280, 3, 3])).toThrow(
    'has no tensor model.diffusion_model.middle_block.2.in_layers.2.weight (mid_block.resnets.1.conv1.weight): it is not a full SDXL checkpoint. The nearest name found is model.diffusion_model.middle_block.2.in_layer.2.weight.',
  )
})

test('markers of v-prediction and zero terminal SNR make the noise so', async () => {
  const mark = (name: string) => ({ name, shape: [0] })
  const v = await openCheckpoint(await sparse('v.safetensors', [...sdxl, mark('v_pred')]))
  expect(v.scheduler).toMatchObject({ predictionType: 'v_prediction', spacing: 'leading' })
  const tensors = [...sdxl, mark('v_pred'), mark('ztsnr'), mark('stray.weight')]
  const zero = await openCheckpoint(await sparse('ztsnr.safetensors', tensors))
  expect(zero.scheduler).toMatchObject({
    predictionType: 'v_prediction',
    spacing: 'trailing',
    rescaleBetasZeroSnr: true,
  })
  takeAll(zero)
  expect(zero.unused()).toEqual(['stray.weight'])
})

test.each([
  ['modelspec.prediction_type', 'v', 'v_prediction'],
  ['modelspec.predict_key', 'v', 'v_prediction'],
  ['modelspec.prediction_type', 'epsilon', 'epsilon'],
])('metadata that says %s %s makes the noise %s', async (key, value, predictionType) => {
  const path = await sparse('told.safetensors', sdxl, { [key]: value })
  expect((await openCheckpoint(path)).scheduler).toMatchObject({ predictionType })
})

test('text encoders that read more tokens at once than prompts are cut into are refused', async () => {
  const name = 'conditioner.embedders.0.transformer.text_model.embeddings.position_embedding.weight'
  const long = sdxl.map((tensor) => (tensor.name === name ? { name, shape: [248, 768] } : tensor))
  await expect(openCheckpoint(await sparse('long.safetensors', long))).rejects.toThrow(
    'the text encoders read 248 and 77 tokens at once, and prompts come in windows of 77 (248 is a Long-CLIP)',
  )
})

test('a sidecar says what weights cannot, and one of another program says nothing', async () => {
  const path = await sparse('beside.safetensors', sdxl)
  await json('beside.json', { 'activation text': 'style', 'sd version': 'SDXL' })
  expect((await openCheckpoint(path)).vae.config.halfSafe).toBe(false)
  const blocks = (type: string) => Array.from({ length: 4 }, () => type)
  const vae = {
    block_out_channels: [128, 256, 512, 512],
    down_block_types: blocks('DownEncoderBlock2D'),
    up_block_types: blocks('UpDecoderBlock2D'),
    layers_per_block: 2,
    scaling_factor: 0.13025,
    force_upcast: false,
  }
  await json('beside.json', { vae, scheduler: { prediction_type: 'v_prediction' } })
  const checkpoint = await openCheckpoint(path)
  expect(checkpoint.vae.config.halfSafe).toBe(true)
  expect(checkpoint.scheduler.predictionType).toBe('v_prediction')
})

test('a path that leads nowhere is refused with where to point', async () => {
  await expect(openCheckpoint(join(folder, 'none.safetensors'))).rejects.toThrow(
    /^No such file: .*none\.safetensors\. Point --checkpoint or SDXL_CHECKPOINT at/,
  )
})
