/** The environment of the doctor: the command line's, and what decides where CUDA is looked for. */
import { z } from 'zod'
import { type ContentMode, contentModes, Failure } from '#contract'
import { choice, list } from '#platform/environment/words.ts'
import { type Config as CliConfig, readConfig as readCliConfig } from '#worker/cli/config.ts'
import { readDaemonConfig } from '#worker/daemon/config.ts'
import { type AskedGpus, askedGpus, contradictionsOf, deviceOf } from '#worker/gpu/asked-gpus.ts'
import { findCheckpoint } from '#worker/models/find-checkpoint.ts'
import type { WorkerSettings } from './worker-checks.ts'

export interface Config extends CliConfig {
  /** Those that GPUS names, as a worker has it. */
  readonly gpus: AskedGpus | undefined
  /** What CUDA_VISIBLE_DEVICES says; undefined where every GPU may be used. */
  readonly visibleGpus: string | undefined
  /** Folders of Python environments that may have brought CUDA's libraries along. */
  readonly pythonHomes: readonly string[]
  /** As a worker has them. */
  readonly classifierFile: string | undefined
  readonly checkpointContent: ContentMode
  /** Undefined where REDIS_URL is unset: pictures are drawn at a terminal alone. */
  readonly worker: WorkerSettings | undefined
}

const environment = z.object({
  GPUS: askedGpus.optional(),
  MODELS: list.default([]),
  CHECKPOINT_CONTENT: choice(contentModes).default('nsfw'),
})

/** Throws `request-invalid` that says what is the matter. */
export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  const { CUDA_VISIBLE_DEVICES, VIRTUAL_ENV, CONDA_PREFIX, HOME } = variables
  const homes = [VIRTUAL_ENV, CONDA_PREFIX, HOME && `${HOME}/.local`]
  const config = readCliConfig(variables)
  const found = environment.safeParse({
    GPUS: variables.GPUS || undefined,
    MODELS: variables.MODELS || undefined,
    CHECKPOINT_CONTENT: variables.CHECKPOINT_CONTENT || undefined,
  })
  if (!found.success)
    throw invalid(found.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`))
  const { GPUS: gpus, MODELS: folders, CHECKPOINT_CONTENT: checkpointContent } = found.data
  const { device } = config
  const problems = contradictionsOf({ gpus, device, visibleGpus: CUDA_VISIBLE_DEVICES })
  if (problems.length > 0) throw invalid(problems)
  return {
    ...config,
    checkpoint:
      config.checkpoint === undefined || folders.length === 0
        ? config.checkpoint
        : findCheckpoint(config.checkpoint, folders),
    gpus,
    checkpointContent,
    worker: workerIn(variables),
    classifierFile: variables.POLICY_CLASSIFIER || undefined,
    device: deviceOf({ gpus, device }),
    // Whatever it says, engines are told which GPU is theirs.
    visibleGpus: gpus === undefined ? CUDA_VISIBLE_DEVICES : undefined,
    pythonHomes: homes.flatMap((home) => home || []),
  }
}

function workerIn(variables: NodeJS.ProcessEnv): WorkerSettings | undefined {
  if ((variables.REDIS_URL ?? '').trim() === '') return undefined
  try {
    return { config: readDaemonConfig(variables) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { problem: error.message.replace(/\.$/, '') }
  }
}

const invalid = (problems: readonly string[]): Failure =>
  new Failure('request-invalid', `In the environment: ${problems.join('; ')}.`)
