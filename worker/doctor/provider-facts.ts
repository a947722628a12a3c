/** What lies beside ONNX Runtime's binding: which runtime it is, and which CUDA provider, if any. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '#contract'
import { bindingFolder, hasProvider, providerFiles } from '#worker/engine/cuda-provider.ts'
import { neededLibraries } from '#worker/engine/shared-object.ts'
import { sha256Of } from '#worker/models/file-hash.ts'

export interface ProviderFacts {
  readonly folder: string
  readonly provider?: {
    /** Of the file that has the kernels. */
    readonly sha256: string
    /** Names of libraries; empty where the file is damaged, and `damage` says how. */
    readonly needs: readonly string[]
    readonly damage?: string
  }
}

export async function readProviderFacts(folder = bindingFolder()): Promise<ProviderFacts> {
  if (!hasProvider(folder)) return { folder }
  const file = join(folder, providerFiles.cuda)
  const sha256 = await sha256Of(file)
  try {
    return { folder, provider: { sha256, needs: await neededLibraries(file) } }
  } catch (error) {
    return { folder, provider: { sha256, needs: [], damage: messageOf(error) } }
  }
}

/** Of onnxruntime-node, as it is installed. */
export async function runtimeVersion(): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, 'utf8')))
    .version
}
