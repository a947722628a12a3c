import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSession } from '#worker/engine/session.ts'
import { clipBigG, clipL, clipText } from '../networks/clip-text.ts'
import { sdxlUNet, unet } from '../networks/unet.ts'
import { sdxlVae, vaeDecoder, vaeEncoder } from '../networks/vae.ts'
import { cuda } from './cuda.ts'
import { Graph } from './graph.ts'
import { lowering, WITHOUT_KERNEL } from './lowering.case.ts'
import { toOnnx } from './onnx.ts'
import { prune } from './prune.ts'

/** Of ONNX Runtime's operators, those that its CPU provider has no kernel for. */
const lacks = new Set([
  'com.ms.internal.nhwc.Conv',
  'com.microsoft.GroupNorm',
  'com.microsoft.SkipGroupNorm',
  'com.microsoft.BiasSplitGelu',
])

lowering(cuda, { device: 'cpu', precision: 'float32', tolerance: 1e-5, weights: 'prepared', lacks })
lowering(cuda, { device: 'cpu', precision: 'float16', tolerance: 5e-3, weights: 'prepared', lacks })

/** Operators that ONNX Runtime's CUDA provider runs in float16. */
const kernels = new Set([
  '.Add',
  '.Cast',
  '.Concat',
  '.Gather',
  '.Gelu',
  '.LayerNormalization',
  '.Reshape',
  '.Resize',
  '.Transpose',
  'com.microsoft.BiasSplitGelu',
  'com.microsoft.FusedMatMul',
  'com.microsoft.GroupNorm',
  'com.microsoft.MultiHeadAttention',
  'com.microsoft.QuickGelu',
  'com.microsoft.SkipGroupNorm',
  'com.microsoft.SkipLayerNormalization',
  'com.ms.internal.nhwc.Conv',
])

const [pixels, latents] = [
  { height: 1024, width: 1024 },
  { height: 128, width: 128 },
]
const networks: readonly (readonly [string, (graph: Graph) => void, number])[] = [
  ['the UNet', (graph) => unet(graph, sdxlUNet, latents), 2200],
  ['CLIP-L', (graph) => clipText(graph, clipL), 200],
  ['bigG', (graph) => clipText(graph, clipBigG), 500],
  ["the VAE's encoder", (graph) => vaeEncoder(graph, sdxlVae, pixels), 80],
  ["the VAE's decoder", (graph) => vaeDecoder(graph, sdxlVae, latents), 100],
]

describe.each(networks)('%s of SDXL at 1024 pixels', (_, write, mostNodes) => {
  const graph = new Graph('network', cuda, 'float16')
  write(graph)

  test('is made of operators that CUDA runs, and of few', () => {
    const { nodes } = prune(graph)
    const used = new Set(nodes.map(({ domain, operator }) => `${domain}.${operator}`))
    expect([...used].filter((operator) => !kernels.has(operator))).toEqual([])
    expect(nodes.length).toBeLessThanOrEqual(mostNodes)
  })

  test('has every type and shape that ONNX Runtime infers', async () => {
    const model = await withHollowWeights(graph)
    const opening = openSession(model, { device: 'cpu', weights: 'in-place', threads: 1 })
    const isLacking = prune(graph).nodes.some(({ domain, operator }) =>
      lacks.has(`${domain}.${operator}`),
    )
    // The search for kernels comes after inference.
    if (isLacking) await expect(opening).rejects.toThrow(WITHOUT_KERNEL)
    else await (await opening)[Symbol.asyncDispose]()
  })
})

const open = { height: null, width: null }
const sized: readonly (readonly [string, (graph: Graph) => void])[] = [
  ['the UNet', (graph) => unet(graph, sdxlUNet, open)],
  ["the VAE's encoder", (graph) => vaeEncoder(graph, sdxlVae, open)],
  ["the VAE's decoder", (graph) => vaeDecoder(graph, sdxlVae, open)],
]

test.each(sized)('%s asks for sides at run time, and does no arithmetic on them', (_, write) => {
  const graph = new Graph('network', cuda, 'float16')
  write(graph)
  // Whole numbers are the CPU's part on a GPU, but for Shape, which is CUDA's own.
  const whole = prune(graph).nodes.filter(({ outputs: [{ type }] }) => type === 'int64')
  expect(new Set(whole.map(({ operator }) => operator))).toEqual(new Set(['Shape']))
})

/** Weights that all lie at the beginning of one file, which is a hole. */
async function withHollowWeights(graph: Graph): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-cuda-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'weights')
  await writeFile(file, '')
  const lengths = [...graph.parameters.values()].map(({ shape }) => bytesOf(shape))
  await truncate(file, Math.max(...lengths))
  return toOnnx(graph, (_, shape) => ({
    type: 'F16',
    shape,
    bytes: { file, offset: 0, length: bytesOf(shape) },
  }))
}

const bytesOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 2)
