/** Each network of a full-size checkpoint on the GPU: time to open, first run against steady state, memory, exactness. */
import { parseArgs } from 'node:util'
import { messageOf } from '#contract'
import { type Checkpoint, openCheckpoint } from '#models/checkpoints/checkpoint.ts'
import type { DenoiserInputs, LatentArea, Networks } from '#pipeline/networks.ts'
import { createGenerator } from '#pipeline/random.ts'
import { openNetworks } from '#worker/engine/open-networks.ts'
import { fullSizeCheckpoint } from '../full-size-checkpoint.ts'
import { median } from '../measure/statistics.ts'
import { relativeError } from '../parity/distance.ts'
import { deviceOf, gpuMemory } from './device.ts'

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    checkpoint: { type: 'string' },
    size: { type: 'string', default: '1024' },
    other: { type: 'string', default: '768' },
    runs: { type: 'string', default: '10' },
  },
})
const device = deviceOf(values.device)
const latents = (pixels: string): LatentArea => ({ height: +pixels / 8, width: +pixels / 8 })
const [area, other, runs] = [latents(values.size), latents(values.other), Number(values.runs)]

const path = values.checkpoint ?? (await fullSizeCheckpoint(console.log))
const checkpoint = await openCheckpoint(path)
const rows: Record<string, unknown>[] = []

await attempt('float32 VAE', () => measure(checkpoint, ['unet', 'encoder', 'decoder']))
await attempt('float16 VAE', () => measure(withHalfVae(checkpoint), ['encoder', 'decoder']))
await attempt('exactness', () => exactness())
console.log(JSON.stringify({ bench: 'networks', device, size: values.size, rows }))

type Subject = 'unet' | 'encoder' | 'decoder'

/** Goes on past a failure, and says what failed. */
async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const failed = messageOf(error).split('\n')[0]
    rows.push({ what, failed })
    console.log(`${what}: FAILED: ${failed}`)
  }
}

async function measure(from: Checkpoint, subjects: readonly Subject[]): Promise<void> {
  const before = gpuMemory()
  const started = performance.now()
  await using networks = await openNetworks(from, { device, threads: 0 })
  const openMs = performance.now() - started
  const vae = from.vae.config.halfSafe ? 'float16' : 'float32'
  for (const subject of subjects) {
    for (const at of subject === 'unet' ? [area, other, area] : [area]) {
      const times: number[] = []
      for (let i = 0; i <= runs; i++) {
        const from = performance.now()
        await run(networks, subject, at)
        times.push(performance.now() - from)
      }
      const [firstMs = 0, ...steady] = times
      const pixels = at.width * 8
      const row = { subject, vae, pixels, firstMs, steadyMs: median(steady), gpuMb: gpuMemory() }
      rows.push({ ...row, steady, openMs, gpuMbBefore: before })
      console.log(
        `${subject.padEnd(8)} VAE ${vae} ${pixels}²: first ${firstMs.toFixed(0)} ms, then ${row.steadyMs.toFixed(1)} ms; ${row.gpuMb ?? '-'} MB`,
      )
    }
  }
}

/** The UNet here in its own precision against the CPU in float32, at 512 pixels. */
async function exactness(): Promise<void> {
  const small = latents('512')
  await using here = await openNetworks(checkpoint, { device, threads: 0 })
  const answer = await run(here, 'unet', small)
  await using reference = await openNetworks(checkpoint, { device: 'cpu', threads: 0 })
  const error = relativeError(answer, await run(reference, 'unet', small))
  rows.push({ what: 'exactness', relativeError: error })
  console.log(
    `UNet on ${device} against float32 on the CPU: relative error ${error.toExponential(1)}`,
  )
}

function run(networks: Networks, subject: Subject, at: LatentArea): Promise<Float32Array> {
  const random = createGenerator(1)
  const count = at.width * at.height
  if (subject === 'decoder') return networks.decodeLatents(random.normal(4 * count), at)
  if (subject === 'encoder') {
    return networks.encodeImage(random.normal(3 * 64 * count).map(Math.tanh), at)
  }
  const { channels, contextWidth, conditioningWidth } = networks.unet
  const inputs: DenoiserInputs = {
    sample: random.normal(4 * count),
    timestep: random.normal(channels[0] ?? 0).map(Math.tanh),
    prompt: random.normal(77 * contextWidth),
    conditioning: random.normal(conditioningWidth).map(Math.tanh),
  }
  return networks.predictNoise(inputs, at)
}

/** As if its weights were known to stay finite in half precision. */
function withHalfVae(from: Checkpoint): Checkpoint {
  const { config, weight } = from.vae
  return { ...from, vae: { weight, config: { ...config, halfSafe: true } } }
}
