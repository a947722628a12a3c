/** A Qwen 2.5 as a session on a device, in the form that `write` gives it. */
import type { Qwen2Checkpoint } from '#models/checkpoints/qwen2-folder.ts'
import type { FourBit } from '#models/four-bit/four-bit.ts'
import { cuda } from '#models/graph/cuda.ts'
import { Graph, type GraphPrecision } from '#models/graph/graph.ts'
import { toOnnx } from '#models/graph/onnx.ts'
import { portable } from '#models/graph/portable.ts'
import type { Qwen2Config } from '#models/networks/qwen2.ts'
import { type Device, openSession, type Session } from '#worker/engine/session.ts'

export interface QwenSessionOptions {
  readonly device: Device
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /** Its matrices in four bits; as the checkpoint has them where absent. */
  readonly fourBits?: FourBit
  /** `qwen2` or `qwen2Continuation`. */
  readonly write: (graph: Graph, config: Qwen2Config) => void
}

export async function openQwenSession(
  { config, weight }: Qwen2Checkpoint,
  { device, threads, fourBits, write }: QwenSessionOptions,
): Promise<Session<string, string>> {
  const lowering = device === 'cuda' ? cuda : portable
  const graph = new Graph('qwen2', fourBits?.words(lowering) ?? lowering, precisionOn[device])
  write(graph, config)
  return await openSession(toOnnx(graph, fourBits?.weights(weight) ?? weight), {
    ...{ device, threads, mayUseCpu: true },
    // In place every weight would be widened anew at each token.
    weights: 'prepared',
  })
}

/** bfloat16 on CUDA, as the checkpoint is: in plain float16 Qwen's keys overflow, and it writes "!!!!" (QwenLM/Qwen3 #761). */
const precisionOn: Readonly<Record<Device, GraphPrecision>> = {
  cpu: 'float32',
  cuda: 'bfloat16',
  webgpu: 'float32',
}
