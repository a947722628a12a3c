/** ONNX Runtime's CUDA provider: where it must lie, and which libraries it needs that are not here. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { loadProblem } from './load-problem.ts'
import { neededLibraries } from './shared-object.ts'

/** Beside the binding, which looks for them nowhere else; the first is what loads the second. */
export const providerFiles = {
  shared: 'libonnxruntime_providers_shared.so',
  cuda: 'libonnxruntime_providers_cuda.so',
} as const

/** The provider opens it at its first convolution, so that it does not stand among its needs. */
export const CUDNN = 'libcudnn.so.9'

/** The provider is published for no other system. */
export const canHaveProvider = process.platform === 'linux' && process.arch === 'x64'

/** Where onnxruntime-node keeps the binding for this machine, and a provider if it has one. */
export function bindingFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
  return join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch)
}

export function hasProvider(folder = bindingFolder()): boolean {
  return Object.values(providerFiles).every((name) => existsSync(join(folder, name)))
}

/** Loads into this process what it finds: for one in which CUDA has failed already, or that ends soon. */
export async function missingLibraries(folder = bindingFolder()): Promise<string[]> {
  const needed = await neededLibraries(join(folder, providerFiles.cuda))
  return [...needed, CUDNN].filter((library) => loadProblem(library) !== undefined)
}
