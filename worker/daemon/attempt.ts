/** One claimed job on its way through this process. */
import type { Claim, QueueWorker } from '#contract'

/** `finishing`: the queue is being told, so that what it says of the lease no longer matters. */
export type AttemptStage = 'preparing' | 'drawing' | 'delivering' | 'finishing'

/** Why an attempt is to stop: somebody cancelled the job, another has it, or this worker gives it back. */
export type StopReason = 'cancel' | 'lost' | 'leave'

export interface Attempt {
  readonly claim: Claim
  readonly worker: QueueWorker
  /** Aborted with a StopReason. */
  readonly signal: AbortSignal
  readonly enter: (stage: AttemptStage) => void
  /** Runs the work once no other attempt has the engine. Rejects as soon as the signal is aborted. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** Undefined while it may go on. */
export function stopReason({ aborted, reason }: AbortSignal): StopReason | undefined {
  if (!aborted) return undefined
  return reason === 'cancel' || reason === 'lost' ? reason : 'leave'
}
