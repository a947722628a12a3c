/** Which GPUs a worker was given, by GPUS: an engine runs on each. */
import { z } from 'zod'
import type { DeviceChoice } from '#worker/engine/messages.ts'

/** As nvidia-smi numbers them. */
export type AskedGpus = 'all' | readonly number[]

const RULE = 'must be numbers of GPUs as nvidia-smi lists them, each once, such as 0,1; or all'

/** The variable as it was written. */
export const askedGpus = z.string().transform((text, context): AskedGpus => {
  const words = text.split(',').map((word) => word.trim())
  if (words.length === 1 && words[0] === 'all') return 'all'
  const numbers = words.map(Number)
  const isEachOnce = new Set(numbers).size === numbers.length
  if (isEachOnce && words.every((word) => /^\d{1,3}$/.test(word))) return numbers
  context.addIssue(RULE)
  return z.NEVER
})

export interface GpuWishes {
  readonly gpus: AskedGpus | undefined
  readonly device: DeviceChoice
  /** What CUDA_VISIBLE_DEVICES says; undefined where every GPU may be used. */
  readonly visibleGpus: string | undefined
}

/** What stands against GPUS among the other variables, as parts of a sentence with their mends. */
export function contradictionsOf({ gpus, device, visibleGpus }: GpuWishes): string[] {
  if (gpus === undefined) return []
  const isElsewhere = device !== 'auto' && device !== 'cuda'
  // Its numbers may mean other GPUs, and it may have been set so that those are left to others.
  const isNarrowed = visibleGpus !== undefined && visibleGpus !== ''
  return [
    ...(isElsewhere ? [`GPUS is for DEVICE=cuda, and DEVICE is ${device}: unset one of them`] : []),
    ...(isNarrowed ? ['GPUS and CUDA_VISIBLE_DEVICES both choose GPUs: unset one of them'] : []),
  ]
}

/** A GPU that was named is to be used, or to be complained of. */
export function deviceOf({ gpus, device }: Pick<GpuWishes, 'gpus' | 'device'>): DeviceChoice {
  return gpus === undefined ? device : 'cuda'
}
