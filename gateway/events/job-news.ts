/** What is told of a job to those who watch it. */
import type { JobRow, JobStatus, ProviderName } from '../store/job-row.ts'

export interface Standing {
  readonly status: JobStatus
  readonly provider: ProviderName | null
  /** In line for our workers, from 1; 0 where it does not wait in it, undefined where it was not counted yet. */
  readonly position: number | undefined
  /** Until it is done; undefined where nothing tells. */
  readonly estimatedSeconds: number | undefined
}

export interface JobProgress {
  /** What our workers say; undefined for other providers. */
  readonly steps?:
    | {
        readonly stage: string
        /** From 0. */
        readonly image: number
        /** Evaluations done and to do, over all images. */
        readonly step: number
        readonly of: number
      }
    | undefined
  /** From 0 to 1. */
  readonly fraction: number
  readonly estimatedSeconds: number | undefined
  /** What the picture would be now, as a data URL; undefined where there is none that is newer than the last. */
  readonly preview?: string | undefined
}

/** `id`: the place in the queue's stream to go on from. */
export type JobNews =
  | {
      readonly kind: 'snapshot'
      readonly id: string | undefined
      readonly row: JobRow
      readonly standing: Standing
      readonly progress: JobProgress | undefined
    }
  | {
      readonly kind: 'status'
      readonly id: string | undefined
      readonly jobId: string
      readonly standing: Standing
    }
  | {
      readonly kind: 'progress'
      readonly id: string | undefined
      readonly jobId: string
      readonly provider: ProviderName | null
      readonly progress: JobProgress
    }
  /** The last. */
  | { readonly kind: 'ended'; readonly row: JobRow }
