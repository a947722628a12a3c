/** The machine that is examined: facts that several checks stand on, each looked up once and only if asked for. */
import { resolve } from 'node:path'
import type { AskedGpus } from '#worker/gpu/asked-gpus.ts'
import { askNvidiaSmi, type SmiAnswer } from '#worker/gpu/nvidia-smi.ts'
import type { Config } from './config.ts'
import { findGpuTraces, type GpuTraces } from './gpu-traces.ts'
import { type LibraryFacts, lookForLibraries } from './library-facts.ts'
import { type ProviderFacts, readProviderFacts } from './provider-facts.ts'
import { runTrial, type TrialResult } from './trial.ts'

export interface GpuFacts {
  readonly smi: SmiAnswer
  readonly traces: GpuTraces
  /** What CUDA_VISIBLE_DEVICES says; undefined where every GPU may be used. */
  readonly visibleGpus: string | undefined
  /** Those that GPUS names. */
  readonly asked?: AskedGpus | undefined
}

export interface Machine {
  readonly config: Config
  /** The project's own folder. */
  readonly root: string
  readonly gpu: () => Promise<GpuFacts>
  readonly provider: () => Promise<ProviderFacts>
  readonly libraries: () => Promise<LibraryFacts>
  /** One node on CUDA, on that GPU or the first; undefined where it is known already what it would stop at. */
  readonly cudaTrial: (gpu?: number) => Promise<TrialResult | undefined>
}

export function examine(config: Config): Machine {
  const root = resolve(import.meta.dirname, '../..')
  const provider = once(readProviderFacts)
  const trials = new Map<number | undefined, Promise<TrialResult>>()
  const libraries = once(async () => lookForLibraries(await provider(), config, root))
  return {
    config,
    root,
    provider,
    libraries,
    gpu: once(async () => {
      const [smi, traces] = await Promise.all([askNvidiaSmi(), findGpuTraces()])
      return { smi, traces, visibleGpus: config.visibleGpus, asked: config.gpus }
    }),
    async cudaTrial(gpu) {
      const isComplete = (await provider()).provider && (await libraries()).absent.length === 0
      if (!isComplete) return undefined
      const trial = trials.get(gpu) ?? runTrial({ device: 'cuda', gpu })
      trials.set(gpu, trial)
      return trial
    },
  }
}

/** Whether pictures are to be made on CUDA: it was asked for, or nothing was and there is a GPU for it. */
export function needsCuda({ device }: Pick<Config, 'device'>, gpu: GpuFacts): boolean {
  return device === 'cuda' || (device === 'auto' && isSeen(gpu))
}

/** Also a GPU that cannot be used as things stand. */
export function isSeen({ smi, traces, visibleGpus }: GpuFacts): boolean {
  if (isHidden(visibleGpus)) return false
  return smi.kind === 'gpus' || traces.isInMachine || (traces.isReachable && smi.kind !== 'absent')
}

/** CUDA takes an empty list, and one that begins with -1, as none at all. */
export const isHidden = (visibleGpus: string | undefined): boolean =>
  visibleGpus !== undefined && /^\s*(-1.*)?$/.test(visibleGpus)

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined
  return () => {
    found ??= look()
    return found
  }
}
