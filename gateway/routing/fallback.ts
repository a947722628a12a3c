/** What is done after an attempt has failed, as data: the same provider again, another, or the end of the job. */
import { type FailureCode, failureTable } from '#contract'
import type { ProviderName } from '../store/job-row.ts'

export type NextStep =
  /** The same provider once more, after so long. */
  | { readonly step: 'again'; readonly afterMs: number }
  /** Another, where routing finds one. */
  | { readonly step: 'next' }
  | { readonly step: 'end' }

export interface FailedAt {
  readonly provider: ProviderName
  /** Attempts by this provider at this job, the one that failed among them. */
  readonly attemptsHere: number
  /** Until nobody wants the picture; undefined where it may take as long as it takes. */
  readonly remainingMs: number | undefined
  /** What the provider asked for. */
  readonly atLeastMs?: number
  /** From 0 up to 1, for jitter. */
  readonly random?: number
}

export type OutcomeClass =
  | 'user'
  | 'policy'
  | 'capacity'
  | 'infrastructure'
  | 'throttle'
  | 'operator'
  | 'ambiguous'
  | 'job'
  | 'reference'
  | 'ours'

export interface FallbackRow {
  /** How often more the same provider may try. */
  readonly again: number
  readonly isNextAllowed: boolean
}

/** By what an outcome says: of the job, of the provider, of how much there is to do, or of ourselves. */
export const fallbackTable: Readonly<Record<OutcomeClass, FallbackRow>> = {
  /** It would fail in the same way wherever it went. */
  user: { again: 0, isNextAllowed: false },
  /** What one refuses is not offered to another. */
  policy: { again: 0, isNextAllowed: false },
  /** Nobody there can do it in time. */
  capacity: { again: 0, isNextAllowed: true },
  infrastructure: { again: 2, isNextAllowed: true },
  throttle: { again: 2, isNextAllowed: true },
  /** Our key, our account, our model: no second try mends them. */
  operator: { again: 0, isNextAllowed: true },
  /** A second try might be paid for twice at the same place; asking after the first came before this. */
  ambiguous: { again: 0, isNextAllowed: true },
  /** The provider ran it, and failed at this job. */
  job: { again: 0, isNextAllowed: true },
  /** The host of the reference, which every provider depends on. */
  reference: { again: 2, isNextAllowed: false },
  /** What we stand on ourselves, or a mistake of ours. */
  ours: { again: 0, isNextAllowed: false },
}

/** Codes that are not of the class that their fault in the failure table says. */
const classes: Readonly<Partial<Record<FailureCode, OutcomeClass>>> = {
  'reference-unreachable': 'reference',
  'reference-timeout': 'reference',
  'provider-failed': 'job',
  poison: 'job',
  'provider-unavailable': 'infrastructure',
  'provider-throttled': 'throttle',
  'provider-ambiguous': 'ambiguous',
  // It was run and paid for. What can be fetched again was fetched again before this.
  'provider-output-lost': 'ours',
  'worker-unavailable': 'capacity',
  'deadline-expired': 'capacity',
  'queue-full': 'capacity',
  // Of this gateway's connections: no attempt ends with it.
  'too-busy': 'ours',
  'queue-unavailable': 'capacity',
  'shutting-down': 'capacity',
  'no-provider': 'ours',
  'policy-check-failed': 'policy',
  'database-unavailable': 'ours',
  internal: 'ours',
}

export function classOfFailure(code: FailureCode): OutcomeClass {
  const own = classes[code]
  if (own !== undefined) return own
  const { fault } = failureTable[code]
  if (fault === 'user' || fault === 'policy' || fault === 'operator') return fault
  return 'infrastructure'
}

export function afterFailure(code: FailureCode, at: FailedAt): NextStep {
  const { provider, attemptsHere, remainingMs, atLeastMs = 0, random = Math.random() } = at
  const { again, isNextAllowed } = fallbackTable[classOfFailure(code)]
  // A job of our own workers was tried several times by the queue before it failed.
  const triesLeft = provider === 'local-sdxl' ? 0 : again + 1 - attemptsHere
  const afterMs = Math.max(atLeastMs, backoffMs(attemptsHere, random))
  const isInTime =
    afterMs <= LONGEST_WAIT_MS && (remainingMs === undefined || afterMs + RUN_MS <= remainingMs)
  if (triesLeft > 0 && isInTime) return { step: 'again', afterMs }
  const isOver = remainingMs !== undefined && remainingMs <= 0
  return isNextAllowed && !isOver ? { step: 'next' } : { step: 'end' }
}

/** A provider that wants longer is passed over instead. */
const LONGEST_WAIT_MS = 60_000
/** What must be left after a wait, for the job itself. */
const RUN_MS = 20_000
const FIRST_BACKOFF_MS = 500

/** From half of it to all of it: 0.5 s, 1 s, 2 s. */
function backoffMs(attemptsHere: number, random: number): number {
  return Math.round(FIRST_BACKOFF_MS * 2 ** (attemptsHere - 1) * (0.5 + random / 2))
}
