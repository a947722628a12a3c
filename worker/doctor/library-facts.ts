/** Which of CUDA's libraries the system's loader does not find, and where those lie if they are here. */
import { join } from 'node:path'
import { CUDNN } from '#worker/engine/cuda-provider.ts'
import type { Config } from './config.ts'
import { findLibraries, sources, usualFolders } from './cuda-libraries.ts'
import type { ProviderFacts } from './provider-facts.ts'
import { runTrial } from './trial.ts'

export interface LibraryFacts {
  readonly absent: readonly string[]
  /** What befell the process that loaded them, if anything did: then nothing is known of any. */
  readonly problem?: string | undefined
  /** The folders of those that are on this machine all the same. */
  readonly elsewhere: ReadonlyMap<string, string>
  /** Where pip may put the others. */
  readonly folder: string
}

/** The driver's own library, which no package may bring. */
export const DRIVER = 'libcuda.so.1'

export async function lookForLibraries(
  { provider }: ProviderFacts,
  { pythonHomes }: Pick<Config, 'pythonHomes'>,
  root: string,
): Promise<LibraryFacts> {
  const folder = join(root, '.data', 'cuda')
  // What the pinned provider would need, where there is none to ask.
  const needs = provider && provider.needs.length > 0 ? provider.needs : Object.keys(sources)
  const wanted = [...new Set([...needs, DRIVER, CUDNN])]
  const { missing: absent, problem } = await runTrial({ libraries: wanted })
  const elsewhere = await findLibraries(
    absent.filter((name) => name !== DRIVER),
    usualFolders(pythonHomes, folder),
  )
  return { absent, problem, elsewhere, folder }
}
