/**
 * A network of the operator's, opened from its file on the CPU. Beside `worker/engine/session.ts` this is the other
 * importer of ONNX Runtime: that one opens graphs that we wrote, whose weights may lie anywhere on this machine, on the
 * device that was chosen; none of which may be granted to a file that somebody else has written.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { InputSettings } from './settings.ts'

export interface OpenNetwork {
  /** @param pixels of one picture, as `pixelsFor` lays them out. Resolves with all that the network puts out first. */
  readonly run: (pixels: Float32Array) => Promise<Float32Array>
}

export interface OpenOptions {
  readonly input: InputSettings
  readonly threads: number
}

/** Rejects with a sentence, or with ONNX Runtime's own, where the file is no network that takes one picture. */
export async function openNetwork(
  file: string,
  { input: { width, height, layout }, threads }: OpenOptions,
): Promise<OpenNetwork> {
  const session = await InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    // Errors only; they are thrown as well.
    logSeverityLevel: 3,
  })
  const [input, ...others] = session.inputMetadata
  const [output] = session.outputNames
  if (!input || others.length > 0 || output === undefined) {
    throw new Error(`it has ${session.inputNames.length} inputs, and a classifier has one`)
  }
  if (!input.isTensor || input.type !== 'float32') {
    const type = input.isTensor ? input.type : 'no tensor'
    throw new Error(`its input is ${type}; export it with an input of float32`)
  }
  const shape = layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3]
  return {
    async run(pixels) {
      const tensor = new Tensor('float32', pixels, shape)
      const results = await session.run({ [input.name]: tensor }, [output])
      const data = results[output]?.data
      if (data instanceof Float32Array) return data
      throw new Error('it puts out no float32; export it so')
    },
  }
}
