/** `npm run census`: what the networks of SDXL are made of at a size, as one JSON object. */
import { parseArgs } from 'node:util'
import { checkSize, messageOf } from '#contract'
import { type Census, census } from '#models/graph/census.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph } from '#models/graph/graph.ts'
import type { Lowering } from '#models/graph/lowering.ts'
import { portable } from '#models/graph/portable.ts'
import { clipBigG, clipL, clipText } from '#models/networks/clip-text.ts'
import { sdxlUNet, unet } from '#models/networks/unet.ts'
import { sdxlVae, vaeDecoder, vaeEncoder } from '#models/networks/vae.ts'

const usage = `npm run census -- [--lowering portable|cuda] [--size 1024x1024] [--precision float32|float16]

Parameters, tensors, nodes by operator, operations and bytes of each network of SDXL, for one sample and a
prompt of one window.`

const lowerings: Readonly<Record<string, Lowering>> = { portable, cuda }

/** One window of a prompt. */
const PROMPT_LENGTH = 77

function main(): void {
  const { values } = parseArgs({
    options: {
      lowering: { type: 'string', default: 'portable' },
      size: { type: 'string', default: '1024x1024' },
      precision: { type: 'string', default: 'float32' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const lowering = lowerings[values.lowering]
  if (!lowering) {
    throw new Error(`--lowering must be one of ${Object.keys(lowerings).join(', ')}`)
  }
  const { precision } = values
  if (precision !== 'float32' && precision !== 'float16') {
    throw new Error('--precision must be float32 or float16')
  }
  const [width = Number.NaN, height = Number.NaN] = values.size.split('x').map(Number)
  checkSize(width, height)

  const latents = { height: height / 8, width: width / 8 }
  const count = (name: string, write: (graph: Graph) => void): Census => {
    const graph = new Graph(name, lowering, precision)
    write(graph)
    return census(graph, { promptLength: PROMPT_LENGTH })
  }
  const networks = {
    textEncoder: count('textEncoder', (graph) => clipText(graph, clipL)),
    textEncoder2: count('textEncoder2', (graph) => clipText(graph, clipBigG)),
    unet: count('unet', (graph) => unet(graph, sdxlUNet, latents)),
    vaeEncoder: count('vaeEncoder', (graph) => vaeEncoder(graph, sdxlVae, { height, width })),
    vaeDecoder: count('vaeDecoder', (graph) => vaeDecoder(graph, sdxlVae, latents)),
  }
  console.log(
    JSON.stringify({ lowering: lowering.name, precision, size: { width, height }, networks }),
  )
}

try {
  main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
