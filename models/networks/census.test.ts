import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openCheckpoint } from '../checkpoints/checkpoint.ts'
import { sdxlSingleFileTensors } from '../checkpoints/sdxl-single-file.ts'
import { sdxlWeights } from '../checkpoints/sdxl-weights.case.ts'
import { safetensorsHeader } from '../checkpoints/write-safetensors.ts'
import { Graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/onnx.ts'
import { portable } from '../graph/portable.ts'
import { clipBigG, clipL, clipText } from './clip-text.ts'
import { sdxlUNet, unet } from './unet.ts'
import { sdxlVae, vaeDecoder, vaeEncoder } from './vae.ts'

const parts = ['unet', 'vae', 'textEncoder', 'textEncoder2'] as const
const side = { height: null, width: null }

/** What each network's file asks of a checkpoint; the VAE is two graphs. */
const networks: Readonly<Record<(typeof parts)[number], readonly Graph[]>> = {
  unet: [written((graph) => unet(graph, sdxlUNet, side))],
  vae: [
    written((graph) => vaeEncoder(graph, sdxlVae, side)),
    written((graph) => vaeDecoder(graph, sdxlVae, side)),
  ],
  textEncoder: [written((graph) => clipText(graph, clipL))],
  textEncoder2: [written((graph) => clipText(graph, clipBigG))],
}

// The sums over the state_dict() of diffusers' and transformers' models.
test.each([
  ['unet', 1680, 2_567_463_684],
  ['vae', 248, 83_653_863],
  ['textEncoder', 196, 123_060_480],
  ['textEncoder2', 517, 694_659_840],
] as const)(
  'the %s of SDXL has %i tensors of %i parameters in all',
  (part, tensors, parameters) => {
    const all = networks[part].flatMap((graph) => [...graph.parameters.values()])
    expect(all).toHaveLength(tensors)
    const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1)
    expect(all.reduce((sum, { shape }) => sum + size(shape), 0)).toBe(parameters)
  },
)

test.each(parts)('the %s asks for the very names and shapes that diffusers has', (part) => {
  // One of diffusers' text encoders has the prefix, the other has dropped it.
  const line = (name: string, shape: readonly number[]) =>
    `${name.replace(/^text_model\./, '')} [${shape}]`
  const asked = networks[part].flatMap(({ parameters }) =>
    [...parameters].map(([name, { shape }]) => line(name, shape)),
  )
  const known = sdxlWeights()[part].map(({ name, shape }) => line(name, shape))
  expect(asked.sort()).toEqual(known.sort())
})

test('a full-size single file has every weight, and none unread but the last layer of CLIP-L', async () => {
  const checkpoint = await openCheckpoint(await hollowCheckpoint())
  for (const part of parts) {
    for (const graph of networks[part]) toOnnx(graph, checkpoint[part].weight)
  }
  const unread = checkpoint.unused()
  expect(unread).toHaveLength(18)
  for (const name of unread) expect(name).toMatch(/embedders\.0\..*(layers\.11|final_layer_norm)\./)
})

function written(write: (graph: Graph) => void): Graph {
  const graph = new Graph('census', portable)
  write(graph)
  return graph
}

/** SDXL base's own names, shapes and length, and a hole where its 6.9 GB of weights would be. */
async function hollowCheckpoint(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-census-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'sd_xl_base_1.0.safetensors')
  const tensors = sdxlSingleFileTensors().map((tensor) => {
    return { ...tensor, type: tensor.name.endsWith('position_ids') ? 'I64' : 'F16' } as const
  })
  const header = safetensorsHeader(tensors)
  await using file = await open(path, 'w')
  await file.write(header)
  const bytes = tensors.map(({ shape, type }) =>
    shape.reduce((product, side) => product * side, type === 'I64' ? 8 : 2),
  )
  await file.truncate(bytes.reduce((sum, size) => sum + size, header.length))
  return path
}
