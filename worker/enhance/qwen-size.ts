/** How much memory a Qwen 2.5 takes, in either form of its weights, and which form there is room for. */
import { Failure } from '#contract'
import { matricesOf } from '#models/four-bit/four-bit.ts'
import { Graph } from '#models/graph/graph.ts'
import { portable } from '#models/graph/portable.ts'
import { type Qwen2Config, qwen2 } from '#models/networks/qwen2.ts'
import type { Device } from '#worker/engine/session.ts'
import { type AskedWeights, type WeightForm, weightForms } from './messages.ts'

export type QwenBytes = Readonly<Record<WeightForm, number>>

/** Bytes of four bits and of a share of a scale, a bfloat16 for each block of 32. */
const PACKED = 0.5 + 2 / 32
/** Caches of a thousand tokens (57 MB for 7B), what a prefill works in, and CUDA's own context. */
const BESIDE: Readonly<Record<Device, number>> = { cpu: 2 ** 26, cuda: 2 ** 30, webgpu: 2 ** 30 }

/** By reckoning. A CPU computes in float32, a GPU in halves. */
export function qwenBytes(config: Qwen2Config, device: Device): QwenBytes {
  const write = (graph: Graph) => qwen2(graph, config)
  const graph = new Graph('size', portable)
  write(graph)
  const all = [...graph.parameters.values()].reduce((sum, { shape }) => sum + product(shape), 0)
  const packed = matricesOf(write).reduce((sum, { shape }) => sum + product(shape), 0)
  // The table that tokens are looked up in stays as it is, also where it is the last layer as well.
  const table = config.tied ? config.vocabulary * config.width : 0
  const width = device === 'cpu' ? 4 : 2
  return {
    full: all * width + BESIDE[device],
    '4bit': (all - packed + table) * width + packed * PACKED + BESIDE[device],
  }
}

const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1)

/** What there is to fit into: bytes, and of what, as part of a sentence. */
export interface Room {
  readonly bytes: number
  readonly words: string
}

/**
 * The form that was asked for, or the fullest that fits; four bits where nobody knows the room. Throws
 * `configuration-invalid` where it does not fit.
 */
export function chooseWeights(
  asked: AskedWeights,
  bytes: QwenBytes,
  room: Room | undefined,
): WeightForm {
  const fits = (form: WeightForm) => room === undefined || bytes[form] <= room.bytes
  if (asked === 'auto' && room === undefined) return '4bit'
  const form = asked === 'auto' ? weightForms.find(fits) : asked
  if (form !== undefined && fits(form)) return form
  const least = form ?? '4bit'
  const better = least === 'full' && fits('4bit') ? 'set QWEN_WEIGHTS=4bit' : 'take a smaller Qwen'
  throw new Failure(
    'configuration-invalid',
    `Qwen 2.5 takes ${gigabytes(bytes[least])}${inWords[least]}, and there is room for ${gigabytes(room?.bytes ?? 0)} (${room?.words}): ${better}, or unset QWEN_PATH.`,
  )
}

const inWords: Readonly<Record<WeightForm, string>> = { full: '', '4bit': ' in four bits' }

const gigabytes = (bytes: number): string => `${(Math.max(0, bytes) / 1e9).toFixed(1)} GB`
