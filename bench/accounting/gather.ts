/** What there is to judge by when all is over, and how much of the harm was felt. */
import type { JobRecord, JobStatus } from '#contract'
import type { Evidence } from './ledger.ts'
import type { Stage } from './stage.ts'

/** Without these, a good ledger would say little. */
export interface Felt {
  /** Jobs that were taken from a worker that was thought dead. */
  readonly takenOver: number
  /** Second copies that were dropped: their first push had arrived unacknowledged. */
  readonly copies: number
  /** Finishes that came too late. */
  readonly refused: number
  /** Callbacks that came again. */
  readonly repeated: number
}

export async function gather(
  { queue, crew, receiver }: Pick<Stage, 'queue' | 'crew' | 'receiver'>,
  acknowledged: ReadonlySet<string>,
): Promise<{ readonly evidence: Evidence; readonly felt: Felt }> {
  const jobs: JobRecord[] = []
  const statuses = new Map<string, JobStatus>()
  for (const id of acknowledged) {
    const job = await queue.job(id)
    if (!job) continue
    jobs.push(job)
    statuses.set(id, job.status)
  }
  const finishes = await crew.records()
  const callbacks = receiver.received
  return {
    evidence: { acknowledged, callbacks, finishes, statuses },
    felt: {
      takenOver: jobs.reduce((sum, { stalls }) => sum + stalls, 0),
      copies: jobs.reduce((sum, { duplicates }) => sum + duplicates, 0),
      refused: finishes.filter(({ answer }) => answer === 'lost').length,
      repeated: callbacks.length - receiver.delivered(),
    },
  }
}
