/**
 * Opens NAME.vae.safetensors beside NAME.safetensors: a VAE in place of the checkpoint's own, as the web UIs take one. Many
 * checkpoints are given out without a VAE, and many others are run with one that bears half precision.
 */
import { basename } from 'node:path'
import { Failure } from '#contract'
import type { VaeConfig } from '#models/networks/vae.ts'
import { diffusersVaeSources } from './diffusers-names.ts'
import { exists } from './exists.ts'
import { diffusersVaeNaming, inferVaeConfig, ldmVaeNaming } from './infer-vae-config.ts'
import { ldmVaeSources, type Source } from './ldm-names.ts'
import { namedShapes } from './named-shapes.ts'
import { openPart, type Part } from './part.ts'
import { readSafetensors } from './safetensors.ts'

export interface VaeBeside {
  readonly path: string
  /** With what `known` says of it in place of what its shapes say. */
  open(known?: VaeConfig): Part<VaeConfig>
}

/**
 * Undefined where there is none. Throws Failure('checkpoint-invalid') for a damaged file,
 * Failure('checkpoint-unsupported') for one that is no VAE.
 */
export async function findVaeBeside(checkpointPath: string): Promise<VaeBeside | undefined> {
  const path = vaeBesidePath(checkpointPath)
  if (path === undefined || !(await exists(path))) return undefined
  const { tensors } = await readSafetensors(path)
  const layout = layouts.find(({ prefix, naming }) =>
    tensors.has(`${prefix}${naming.levels}0.${naming.blocks}0.conv2.weight`),
  )
  if (!layout) {
    throw new Failure(
      'checkpoint-unsupported',
      `${path} lies beside the checkpoint as its VAE, and is none: put a VAE of SDXL there, or rename the file.`,
    )
  }
  const inferred = () => inferVaeConfig(namedShapes(tensors, layout.prefix, path), layout.naming)
  return {
    path,
    open(known) {
      const config = known ?? inferred()
      const sources = (name: string) => sourcesOf(name, config)
      return openPart(config, { path, tensors, sources, kind: 'VAE of SDXL' })
    },
  }
}

/** Where it lies, if it does; undefined for what is no .safetensors file. */
export function vaeBesidePath(checkpointPath: string): string | undefined {
  const path = checkpointPath.replace(/\.safetensors$/i, '.vae.safetensors')
  return path === checkpointPath ? undefined : path
}

/** What to do about a checkpoint that has no VAE, as the end of a sentence. */
export const vaeBesideMend = (checkpointPath: string): string =>
  `put a VAE of SDXL (sdxl_vae.safetensors) beside it as ${basename(vaeBesidePath(checkpointPath) ?? 'NAME.vae.safetensors')}, or get the full checkpoint`

/** Alone, VAEs are given out with the names that they have in a checkpoint, without its prefix, or as diffusers'. */
const layouts = [
  { prefix: '', naming: ldmVaeNaming },
  { prefix: 'first_stage_model.', naming: ldmVaeNaming },
  { prefix: 'vae.', naming: ldmVaeNaming },
  { prefix: '', naming: diffusersVaeNaming },
] as const

function sourcesOf(name: string, config: VaeConfig): readonly Source[] {
  const prefixed = ldmVaeSources(name, config)
  const bare = prefixed
    .slice(0, 1)
    .map((source) => ({ ...source, name: source.name.replace(/^first_stage_model\./, '') }))
  return [...bare, ...prefixed, ...diffusersVaeSources(name)]
}
