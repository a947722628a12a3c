/** The environment of the doctor: the command line's, and what decides where CUDA is looked for. */
import { type Config as CliConfig, readConfig as readCliConfig } from '#worker/cli/config.ts'

export interface Config extends CliConfig {
  /** What CUDA_VISIBLE_DEVICES says; undefined where every GPU may be used. */
  readonly visibleGpus: string | undefined
  /** Folders of Python environments that may have brought CUDA's libraries along. */
  readonly pythonHomes: readonly string[]
}

/** Throws `request-invalid` listing every problem. */
export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  const { CUDA_VISIBLE_DEVICES, VIRTUAL_ENV, CONDA_PREFIX, HOME } = variables
  const homes = [VIRTUAL_ENV, CONDA_PREFIX, HOME && `${HOME}/.local`]
  return {
    ...readCliConfig(variables),
    visibleGpus: CUDA_VISIBLE_DEVICES,
    pythonHomes: homes.flatMap((home) => home || []),
  }
}
