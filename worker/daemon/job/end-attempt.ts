/** How an attempt ends in the queue: each end is one word to it, after which the job is another's or nobody's. */
import {
  type EndStatus,
  Failure,
  type FailureCode,
  failureResult,
  type JobResult,
  writeResult,
} from '#contract'
import { untilAnswered } from '../until-answered.ts'
import { type Attempt, stopReason } from './attempt.ts'

export interface Ended {
  /** `left`: it is for the loop to give the job back. */
  readonly outcome: EndStatus | 'delayed' | 'dead' | 'lost' | 'left'
  /** Of what went wrong, where something did. */
  readonly code?: FailureCode
}

/** `lost`: nothing of it may be published. */
export async function finishCompleted(attempt: Attempt, result: JobResult): Promise<Ended> {
  const { claim, worker } = attempt
  attempt.enter('finishing')
  const outcome = { status: 'completed', result: writeResult(result) } as const
  const answer = await tell(attempt, () => worker.finish(claim, outcome))
  return { outcome: answer === 'finished' ? 'completed' : 'lost' }
}

/** Another attempt for what may be better then, else the end. */
export async function endFailed(attempt: Attempt, error: unknown): Promise<Ended> {
  const { claim, worker, signal } = attempt
  const reason = stopReason(signal)
  if (reason === 'lost') return { outcome: 'lost' }
  if (reason === 'leave') return { outcome: 'left' }
  attempt.enter('finishing')
  const { code, text: result } = failureResult(error)
  if (reason === 'cancel') {
    const answer = await tell(attempt, () =>
      worker.finish(claim, { status: 'cancelled', result: '' }),
    )
    return { outcome: answer === 'finished' ? 'cancelled' : 'lost' }
  }
  const retryable = error instanceof Failure && error.retryable
  if (retryable) {
    const outcome = await tell(attempt, () => worker.retryLater(claim, { code, result }))
    return { outcome, code }
  }
  const outcome = { status: 'failed', code, result, retryable } as const
  const answer = await tell(attempt, () => worker.finish(claim, outcome))
  return { outcome: answer === 'finished' ? 'failed' : 'lost', code }
}

/** A job that is given back, or is another's, needs no word of ours. */
function tell<T>({ signal }: Attempt, ask: () => Promise<T>): Promise<T> {
  const isPointless = () => signal.aborted && stopReason(signal) !== 'cancel'
  return untilAnswered(ask, { isPointless })
}
