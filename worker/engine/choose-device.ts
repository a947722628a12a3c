/** Finds out where networks can run, by running one node there. */
import { Failure, messageOf } from '#contract'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import { askNvidiaSmi } from '#worker/gpu/nvidia-smi.ts'
import { canHaveProvider, hasProvider, missingLibraries } from './cuda-provider.ts'
import type { DeviceChoice } from './messages.ts'
import { type Device, openSession } from './session.ts'

export interface ChosenDevice {
  readonly device: Device
  /** Why `auto` did not take CUDA, where it did not. */
  readonly deviceNote?: string
}

/**
 * Throws `device-unavailable` where a device was named and does not work: never another in its place. `gpu` is the
 * one that this process sees, as nvidia-smi numbers it, if it sees one alone.
 */
export async function chooseDevice(choice: DeviceChoice, gpu?: number): Promise<ChosenDevice> {
  if (choice === 'cpu') return { device: 'cpu' }
  const device = choice === 'auto' ? 'cuda' : choice
  const problem = await deviceProblem(device)
  if (!problem) return { device }
  if (choice === 'auto') return { device: 'cpu', deviceNote: await noteOn(problem, gpu) }
  const [where, other] =
    gpu === undefined ? ['here', 'the device cpu'] : [`on GPU ${gpu}`, 'another GPU']
  throw new Failure(
    'device-unavailable',
    `The device ${device} does not work ${where}: ${problem}. Mend that, or choose ${other}.`,
  )
}

/** Where no driver answers, what else CUDA lacks is nobody's concern. */
async function noteOn(problem: string, gpu: number | undefined): Promise<string> {
  const { kind } = await askNvidiaSmi(gpu)
  return kind === 'absent' ? 'No NVIDIA GPU is seen here.' : `No CUDA here: ${problem}.`
}

/** Why nothing can run on the device, as part of a sentence; undefined where something did. */
export async function deviceProblem(device: Device): Promise<string | undefined> {
  if (device === 'cuda' && canHaveProvider && !hasProvider()) {
    return "ONNX Runtime's CUDA provider is not installed (npm run doctor -- --fetch-cuda fetches it)"
  }
  try {
    await runOneNode(device)
    return undefined
  } catch (error) {
    return (await problemOfLibraries(device)) ?? reasonOf(messageOf(error))
  }
}

/** A convolution, because on CUDA it needs all that networks need: the driver, the provider, cuDNN. */
async function runOneNode(device: Device): Promise<void> {
  const graph = new Graph('probe', portable)
  const x = graph.input('x', [1, 1, 1, 1])
  const [weight, bias] = [graph.numbers([1], [1, 1, 1, 1]), graph.numbers([0])]
  graph.output('y', portable.conv2d(x, weight, bias, { stride: 1, pads: [0, 0, 0, 0] }))
  const model = toOnnx(graph, () => {
    throw new Error('the probe has no weights')
  })
  await using session = await openSession<'x', 'y'>(model, {
    device,
    weights: 'prepared',
    threads: 1,
  })
  await session.run({ x: { data: Float32Array.of(1), shape: [1, 1, 1, 1] } })
}

/** What the runtime says of it names no library. */
async function problemOfLibraries(device: Device): Promise<string | undefined> {
  if (device !== 'cuda' || !canHaveProvider) return undefined
  const missing = await missingLibraries().catch(() => [])
  if (missing.length === 0) return undefined
  return `${missing.join(', ')} cannot be loaded (npm run doctor says how to get what is missing)`
}

/** In a person's words where the cause is known, else the runtime's own, without its file names. */
function reasonOf(complaint: string): string {
  const [, known] = reasons.find(([pattern]) => pattern.test(complaint)) ?? []
  if (known) return known
  const [first = ''] = complaint.split('\n')
  return first.replace(/^\/\S+\.cc:\d+\s+/, '').replace(/\.$/, '')
}

/** CUDA's errors by their numbers (cudaError_t in driver_types.h). */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/CUDA failure 35\b/, 'the NVIDIA driver is too old for CUDA 13, which needs 580 or newer'],
  [/CUDA failure (100|101)\b/, 'CUDA sees no GPU'],
  [/CUDA failure 2\b/, "the GPU's memory is taken by other processes"],
  [/CUDA failure 209\b/, "ONNX Runtime's CUDA provider has no code for this GPU"],
  [/CUDA failure 80[34]\b/, 'the NVIDIA driver and its libraries are of different versions'],
  [/cuDNN is unavailable/, 'cuDNN 9 cannot be loaded (npm run doctor says how to get it)'],
  [
    /Failed to load shared library|libonnxruntime_providers/,
    "ONNX Runtime's CUDA provider, or a library that it needs, is not installed",
  ],
  [/No supported adapters|Couldn't load Vulkan/, 'there is no GPU that Vulkan can drive'],
]
