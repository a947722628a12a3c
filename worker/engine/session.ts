/** ONNX Runtime behind one function: the only importer of it. */
import { InferenceSession, Tensor } from 'onnxruntime-node'

export const devices = ['cpu', 'cuda', 'webgpu'] as const
export type Device = (typeof devices)[number]

/**
 * What becomes of weights when a session opens.
 *
 * `prepared`: converted, folded and packed into memory, for the fastest run.
 * `in-place`: read from the checkpoint's own pages at each run. Opens in moments and needs no memory of
 * its own, where preparing the UNet takes half a minute and 11 GB and makes an evaluation a seventh faster.
 */
export type WeightUse = 'prepared' | 'in-place'

export interface SessionOptions {
  readonly device: Device
  readonly weights: WeightUse
  /** Threads in one operator; 0 lets the runtime choose. */
  readonly threads: number
  /**
   * Whether nodes may run on the CPU beside a GPU, as a decoder's arithmetic on positions must; false by default, so
   * that a node without a kernel is refused rather than slow in silence.
   */
  readonly mayUseCpu?: boolean
  /** Writes what each node took to a file whose name begins so, once the session is closed. */
  readonly profile?: string
}

/** Real numbers are float32, whole ones int64. */
export interface Feed {
  readonly data: Float32Array | BigInt64Array
  readonly shape: readonly number[]
}

export interface Session<Input extends string, Output extends string> extends AsyncDisposable {
  /** Blocks the process while it runs. Hands back all outputs, or those of `wanted`: others are never copied. */
  run<Wanted extends Output = Output>(
    feeds: Readonly<Partial<Record<Input, Feed>>>,
    wanted?: readonly Wanted[],
  ): Promise<Readonly<Record<Wanted, Float32Array>>>
}

/** Opens a model that we wrote ourselves; its external data may lie anywhere on this machine. */
export async function openSession<Input extends string, Output extends string>(
  model: Uint8Array,
  { device, weights, threads, mayUseCpu = false, profile }: SessionOptions,
): Promise<Session<Input, Output>> {
  const session = await InferenceSession.create(model, {
    executionProviders: [device],
    intraOpNumThreads: threads,
    graphOptimizationLevel: weights === 'prepared' ? 'all' : 'disabled',
    // A plan of all memory ahead is kept beside what the first run took: up to twice the memory, and no faster.
    enableMemPattern: false,
    ...(profile && { enableProfiling: true, profileFilePrefix: profile }),
    // Errors only; they are thrown as well.
    logSeverityLevel: 3,
    extra: {
      session: {
        model_external_initializers_file_folder_path: '/',
        ...(weights === 'in-place' && { disable_prepacking: '1' }),
        ...(device === 'cuda' && !mayUseCpu && { disable_cpu_ep_fallback: '1' }),
        // Weights stay out of the arena.
        ...(device === 'cuda' && { use_device_allocator_for_initializers: '1' }),
      },
    },
  })
  return {
    async run(feeds: Readonly<Partial<Record<string, Feed>>>, wanted?: readonly string[]) {
      const tensors: Record<string, Tensor> = {}
      for (const name of session.inputNames) {
        const feed = feeds[name]
        if (!feed) throw new Error(`the network was run without its input ${name}`)
        tensors[name] = toTensor(feed)
      }
      const results = await (wanted ? session.run(tensors, wanted) : session.run(tensors))
      // Every output of our graphs is float32 (Graph.output).
      const data = Object.entries(results).map(([name, tensor]) => [name, tensor.data])
      return Object.fromEntries(data)
    },
    async [Symbol.asyncDispose]() {
      if (profile) session.endProfiling()
      await session.release()
    },
  }
}

function toTensor({ data, shape }: Feed): Tensor {
  return data instanceof Float32Array
    ? new Tensor('float32', data, shape)
    : new Tensor('int64', data, shape)
}
