/** What routing is asked for a job, and what it answers. Routing itself is `gateway/routing/`. */
import type { Failure, Job, Planned, Size } from '#contract'
import type { ProviderName, Tried } from '../store/job-row.ts'

export interface RoutedOrder {
  readonly job: Job
  readonly planned: Planned
  /** Of the picture; undefined where the reference's own decides. */
  readonly size: Size | undefined
}

export interface RouteLimits {
  /** Providers that had the job before. */
  readonly tried: readonly Tried[]
  /** This one and no other. */
  readonly only: ProviderName | undefined
  /** Until nobody wants the picture; undefined where it may take as long as it takes. */
  readonly remainingMs: number | undefined
  /** Only to know who would have it: no probe of a provider is used up by it, and nothing is counted. */
  readonly isTrial?: boolean
}

export type Choice =
  | {
      readonly provider: ProviderName
      /** What of the job the provider cannot honour. */
      readonly notes: readonly string[]
      /** A word, for counters. */
      readonly reason: string
      /** Why this provider, in a sentence for the caller. */
      readonly because: string
      readonly estimatedSeconds?: number | undefined
    }
  | { readonly failure: Failure }

/** At once, from what is known: it asks nobody. */
export type Choose = (order: RoutedOrder, limits: RouteLimits) => Choice
