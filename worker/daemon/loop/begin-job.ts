/** A job's way through a worker's loop: held from its claim on, drawn in its turn, let go when it has ended. */
import { type Claim, Failure, type FailureCode, type QueueWorker } from '#contract'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import type { Attempt, JobFacts } from '../job/attempt.ts'
import type { Ended } from '../job/end-attempt.ts'
import { processJob } from '../job/process-job.ts'
import type { Workshop } from '../workshop.ts'
import type { HandOver } from './hand-over.ts'
import type { HeldJobs } from './held-jobs.ts'
import type { InTurn } from './in-turn.ts'
import { returnUndrawn } from './leave.ts'
import type { Quarantine } from './quarantine.ts'
import type { ServiceTimes } from './service-times.ts'

export interface LoopParts {
  readonly worker: QueueWorker
  readonly workshop: Workshop
  readonly held: HeldJobs
  readonly inTurn: InTurn
  readonly handOver: HandOver
  readonly quarantine: Quarantine
  readonly times: ServiceTimes
  readonly onEnded?: (ended: Ended) => void
}

/** Returns at once. */
export function beginJob(claim: Claim, parts: LoopParts): void {
  const { worker, workshop, held, handOver, quarantine, times, onEnded } = parts
  const { log, meters } = workshop
  const job = held.add(claim)
  const { signal, enter, tell } = job
  const note = noteOnce(quarantine)
  const start = performance.now()
  const turn: Attempt['inTurn'] = async (work) => {
    const drawn = await parts.inTurn(async () => {
      await workshop.ready?.().catch(() => {})
      if (quarantine.isOn()) await returnUndrawn(held, { worker, log })
      // Noted before the next one's turn begins, which does not wait for what was abandoned.
      return await unlessAborted(work(), job.abandoned).catch((error) => {
        if (error instanceof Failure) note(error.code)
        throw error
      })
    }, signal)
    await handOver.done()
    return drawn
  }
  const draw = handOver.watch(workshop.draw)
  processJob({ claim, worker, signal, enter, tell, inTurn: turn }, { ...workshop, draw })
    .then((ended) => {
      if (ended.code) note(ended.code)
      // Held until it is given back, for that is done in order.
      if (ended.outcome === 'left') return
      const seconds = (performance.now() - start) / 1_000
      learn(job.facts, times)
      meters?.ended({ claim, ended, facts: job.facts, seconds })
      held.remove(job)
      onEnded?.(ended)
    })
    .catch((error) => {
      held.remove(job)
      log.error('let go', { jobId: claim.id, error })
    })
}

/** One failure of a job is seen where it happens and where the job ends. */
function noteOnce(quarantine: Quarantine): (code: FailureCode) => void {
  let isNoted = false
  return (code) => {
    if (!isNoted) quarantine.note(code)
    isNoted = true
  }
}

/** From jobs that were drawn, whatever came of them; where nothing was evaluated the engine had no part. */
function learn({ work, evaluations = 0, stages = {} }: JobFacts, times: ServiceTimes): void {
  const { prompt = 0, encode = 0, denoise = 0, decode = 0 } = stages
  if (work && evaluations > 0) times.took(work, (prompt + encode + denoise + decode) / 1_000)
}
