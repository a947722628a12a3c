/** A job and its attempts as the database keeps them. */
import type { FailureCode, Job, JobResult, Mode, Planned } from '#contract'
import type { Sent } from '../providers/sent.ts'

export const jobStatuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const
export type JobStatus = (typeof jobStatuses)[number]

export const providerNames = ['local-sdxl', 'replicate', 'fal-ai'] as const
export type ProviderName = (typeof providerNames)[number]

/** The manner in which a job was asked for, and is answered. */
export const surfaces = ['v1', 'functions', 'openai', 'sdapi'] as const
export type Surface = (typeof surfaces)[number]

/** Whose something is. What another owner asks for does not exist. */
export interface Owner {
  readonly tenant: string
  readonly userId: string
}

/** A provider that had the job before, and why it has it no more. */
export interface Tried {
  readonly provider: ProviderName
  readonly code: FailureCode
}

export interface JobRow extends Owner {
  readonly id: string
  readonly status: JobStatus
  readonly mode: Mode
  /** Jobs of one class take about as long: `modify 1024x1024`. */
  readonly class: string
  readonly job: Job
  readonly planned: Planned
  readonly surface: Surface
  readonly provider: ProviderName | null
  readonly onlyProvider: ProviderName | null
  /** What the provider cannot honour, for the caller to read. */
  readonly notes: readonly string[]
  /** Why the provider has it, for the caller to read; null for jobs from before this was kept. */
  readonly reason: string | null
  readonly tried: readonly Tried[]
  readonly result: JobResult | null
  readonly failure: { readonly code: FailureCode; readonly message: string } | null
  /** The attempt that is under way, or that was the last. */
  readonly attemptId: string
  readonly wonAttempt: string | null
  readonly cancelAsked: boolean
  readonly createdAt: Date
  readonly deadlineAt: Date | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  readonly purgedAt: Date | null
}

/** To be selected from `i2i.jobs`, under whatever name it has in the statement. */
export const jobColumns = (jobs: string): string =>
  `${jobs}.id, ${jobs}.tenant, ${jobs}.user_id as "userId", ${jobs}.status, ${jobs}.mode, ${jobs}.class, ${jobs}.job,
   ${jobs}.planned, ${jobs}.surface, ${jobs}.provider, ${jobs}.only_provider as "onlyProvider", ${jobs}.notes,
   ${jobs}.reason, ${jobs}.tried, ${jobs}.result, ${jobs}.failure, ${jobs}.attempt_id as "attemptId",
   ${jobs}.won_attempt as "wonAttempt",
   ${jobs}.cancel_asked as "cancelAsked", ${jobs}.created_at as "createdAt", ${jobs}.deadline_at as "deadlineAt",
   ${jobs}.started_at as "startedAt", ${jobs}.finished_at as "finishedAt", ${jobs}.purged_at as "purgedAt"`

/** `sending`: a request may be on its way, so that only asking the provider tells whether it has the job. */
export type AttemptState =
  | 'waiting'
  | 'sending'
  | 'sent'
  | 'running'
  | 'won'
  | 'failed'
  | 'superseded'
  | 'cancelled'

export interface AttemptRow {
  readonly id: string
  readonly jobId: string
  readonly n: number
  readonly provider: ProviderName
  readonly state: AttemptState
  /** The provider's name for it; for our workers the job's id. */
  readonly ref: string | null
  /** Why it is left: set before our queue is asked to drop it, so that its end is no wish of the caller's. */
  readonly code: FailureCode | null
  readonly createdAt: Date
  readonly sentAt: Date | null
  readonly runningAt: Date | null
  /** How often it was looked after in vain. */
  readonly looks: number
  /** What another provider was sent; null before that, and for our workers. */
  readonly sent: Sent | null
}

export const attemptColumns = (attempts: string): string =>
  `${attempts}.id, ${attempts}.job_id as "jobId", ${attempts}.n, ${attempts}.provider, ${attempts}.state,
   ${attempts}.ref, ${attempts}.code, ${attempts}.created_at as "createdAt", ${attempts}.sent_at as "sentAt",
   ${attempts}.running_at as "runningAt", ${attempts}.looks, ${attempts}.sent`

/** The states in which something may still come of an attempt, as SQL. */
export const OPEN_ATTEMPT = `('waiting', 'sending', 'sent', 'running')`
