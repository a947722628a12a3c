/** Finds out where networks can run, by running one node there. */
import { Failure, messageOf } from '#contract'
import { Graph } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import type { DeviceChoice } from './messages.ts'
import { type Device, openSession } from './session.ts'

export interface ChosenDevice {
  readonly device: Device
  /** Why `auto` did not take CUDA, where it did not. */
  readonly deviceNote?: string
}

/** Throws `device-unavailable` where a device was named and does not work: never another in its place. */
export async function chooseDevice(choice: DeviceChoice): Promise<ChosenDevice> {
  if (choice === 'cpu') return { device: 'cpu' }
  const device = choice === 'auto' ? 'cuda' : choice
  const problem = await problemWith(device)
  if (!problem) return { device }
  if (choice === 'auto') return { device: 'cpu', deviceNote: `No CUDA here: ${problem}.` }
  throw new Failure(
    'device-unavailable',
    `The device ${device} does not work here: ${problem}. Mend that, or choose the device cpu.`,
  )
}

async function problemWith(device: Device): Promise<string | undefined> {
  const graph = new Graph('probe', portable)
  const one = graph.input('x', [1])
  graph.output('y', portable.add(one, one))
  const model = toOnnx(graph, () => {
    throw new Error('the probe has no weights')
  })
  try {
    await using session = await openSession<'x', 'y'>(model, {
      device,
      weights: 'prepared',
      threads: 1,
    })
    await session.run({ x: { data: Float32Array.of(1), shape: [1] } })
    return undefined
  } catch (error) {
    return reasonOf(messageOf(error))
  }
}

/** In a person's words where the cause is known, else the runtime's own, without its file names. */
function reasonOf(complaint: string): string {
  const [, known] = reasons.find(([pattern]) => pattern.test(complaint)) ?? []
  if (known) return known
  const [first = ''] = complaint.split('\n')
  return first.replace(/^\/\S+\.cc:\d+\s+/, '').replace(/\.$/, '')
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /Failed to load shared library|libonnxruntime_providers/,
    "ONNX Runtime's CUDA provider, or a library that it needs, is not installed",
  ],
  [/No supported adapters|Couldn't load Vulkan/, 'there is no GPU that Vulkan can drive'],
]
