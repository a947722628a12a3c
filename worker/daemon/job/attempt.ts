/** One claimed job on its way through this process. */
import type { Claim, Mode, QueueWorker, RanEnhancement } from '#contract'
import type { Work } from '../loop/service-times.ts'

/** `finishing`: the queue is being told, so that what it says of the lease no longer matters. */
export type AttemptStage = 'preparing' | 'drawing' | 'delivering' | 'finishing'

/** Why an attempt is to stop: somebody cancelled the job, another has it, or this worker gives it back. */
export type StopReason = 'cancel' | 'lost' | 'leave'

/** A part of the work on a job that is measured. */
export type MeasuredStage = 'reference' | 'prompt' | 'encode' | 'denoise' | 'decode' | 'files'

/** What is learnt of a job on its way. */
export interface JobFacts {
  readonly mode?: Mode
  /** Milliseconds since 1970; absent where its producer did not say. */
  readonly pushedAt?: number | undefined
  readonly work?: Work
  readonly enhancement?: RanEnhancement | undefined
  /** Of the UNet, over all images. */
  readonly evaluations?: number
  /** Milliseconds. */
  readonly stages?: Partial<Readonly<Record<MeasuredStage, number>>>
}

export interface Attempt {
  readonly claim: Claim
  readonly worker: QueueWorker
  /** Aborted with a StopReason. */
  readonly signal: AbortSignal
  /** To enter a stage again is a sign of life. */
  readonly enter: (stage: AttemptStage) => void
  /** For whoever measures: adds to what was told before. */
  readonly tell?: (facts: JobFacts) => void
  /** Runs the work once no other attempt has the engine. Rejects as soon as the signal is aborted. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** Undefined while it may go on. */
export function stopReason({ aborted, reason }: AbortSignal): StopReason | undefined {
  if (!aborted) return undefined
  return reason === 'cancel' || reason === 'lost' ? reason : 'leave'
}
