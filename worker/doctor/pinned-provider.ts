/**
 * The one build of ONNX Runtime's CUDA provider that belongs to the version in package-lock.json. Provider and
 * runtime share no stable interface: another version's crashes, or worse. PyPI's onnxruntime-gpu 1.29.0 has
 * another build of the same version (sha256 833d827e…): where that lies here, it is reported and may run.
 */
import { providerFiles } from '#worker/engine/cuda-provider.ts'

export interface PinnedFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface PinnedProvider {
  /** The version of onnxruntime-node that it is for. */
  readonly runtime: string
  readonly cudaMajor: number
  /** The npm package that carries it, with its version, and where in it the files lie. */
  readonly source: string
  readonly folder: string
  readonly downloadBytes: number
  /** In the order in which they are put there; the last one has the kernels. */
  readonly files: readonly PinnedFile[]
}

export const pinnedProvider: PinnedProvider = {
  runtime: '1.29.0',
  cudaMajor: 13,
  // Microsoft's build for CUDA 13, packed for Unity.
  source: 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9',
  folder: 'package/Plugins/Linux/x64',
  downloadBytes: 179_145_956,
  files: [
    {
      name: providerFiles.shared,
      bytes: 14_632,
      sha256: 'c6a12593396095f5670160e284c35d1700b7708cf3037b7042e2a5200ccae772',
    },
    {
      name: providerFiles.cuda,
      bytes: 229_780_440,
      sha256: '56cf3254b118ad837ccc4ed8f6d1b23504bbf7ef91b34cbc0b289cb7f10b3037',
    },
  ],
}

/** NVIDIA's compatibility guide, table of minimum drivers: 580 for CUDA 13.x on Linux. */
export const LEAST_DRIVER = 580

/**
 * The generations that the provider has machine code for (its .nv_fatbin section, read entry by entry). There is
 * no PTX in it that a driver could translate for others, such as 10.0 (B200) and 7.0 (V100).
 */
export const generations = ['7.5', '8.0', '8.6', '8.9', '9.0', '12.0'] as const
