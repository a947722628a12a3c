/** The GPUs that were asked for, found among those that nvidia-smi lists. */
import { Failure } from '#contract'
import type { AskedGpus } from './asked-gpus.ts'
import type { Gpu } from './gpu-list.ts'
import type { SmiAnswer } from './nvidia-smi.ts'

export interface ListedGpu {
  /** As nvidia-smi numbers it. */
  readonly gpu: number
  readonly facts: Gpu
}

/** In the order in which they were asked for. Throws `configuration-invalid` for one that is not there. */
export function listedGpus(asked: AskedGpus, answer: SmiAnswer): readonly ListedGpu[] {
  if (answer.kind !== 'gpus') throw unanswered(answer)
  const problem = unlisted(asked, answer.gpus.length)
  if (problem) throw new Failure('configuration-invalid', `${problem.found}. ${problem.mend}`)
  // The tool numbers what it lists from 0 on.
  const listed = answer.gpus.map((facts, gpu) => ({ gpu, facts }))
  return asked === 'all' ? listed : asked.flatMap((gpu) => listed[gpu] ?? [])
}

/** What is wrong with GPUS where so many are listed, and its mend; undefined where all are there. */
export function unlisted(asked: AskedGpus, count: number) {
  const absent = asked === 'all' ? undefined : asked.find((gpu) => gpu >= count)
  if (absent === undefined) return undefined
  const listed = count === 1 ? 'GPU 0 alone' : `GPUs 0 to ${count - 1}`
  return {
    found: `GPUS names GPU ${absent}, but nvidia-smi lists ${listed}`,
    mend: 'Name one that is listed, or say all.',
  }
}

function unanswered(answer: Exclude<SmiAnswer, { kind: 'gpus' }>): Failure {
  const said = answer.kind === 'absent' ? 'is not here' : `says: ${answer.said}`
  const mend = 'npm run doctor tells how to mend that; unset GPUS to do without.'
  return new Failure('configuration-invalid', `GPUS needs nvidia-smi, which ${said}. ${mend}`)
}
