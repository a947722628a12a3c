/**
 * The queue's verbs, as every side sees them; Redis and memory both speak them.
 *
 * Every start of a job is a claim with a fence, a number that grows with each claim. Only the newest claim may
 * end the job, so that a worker that was thought dead can come back and harm nothing: what runs at least
 * once is finished exactly once.
 */
import type { FailureCode } from '../failure-table.ts'
import type { ByHand } from './by-hand.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { QueueSettings } from './settings.ts'
import type { Swept } from './swept.ts'
import type { TakenDown } from './taken-down.ts'

export type JobStatus = 'active' | 'queued' | 'delayed' | EndStatus
export type EndStatus = 'completed' | 'failed' | 'cancelled'

export interface Queue {
  /** Adds an element as producers do, to the end that is not taken from. */
  readonly push: (raw: string, lane?: 'priority') => Promise<void>
  /** The verbs of one worker. Its name must be new at every start of a process. */
  readonly worker: (name: string) => QueueWorker
  /**
   * Drops a job that waits (even one that was not pushed yet), tells the holder of one that runs.
   * @returns `cancelling` where the holder will hear of it, else the state in which the job has ended.
   */
  readonly cancel: (id: string) => Promise<'cancelling' | EndStatus>
  /** What is known of a job; undefined where it was never claimed or cancelled, or has been forgotten. */
  readonly job: (id: string) => Promise<JobRecord | undefined>
  /** Events after the one named, oldest first. */
  readonly events: (id: string, after?: string) => Promise<readonly JobEvent[]>
  /** The same of many jobs in one round trip, by id. Those of which there is nothing new are left out. */
  readonly eventsOf: (
    asked: readonly EventsAfter[],
  ) => Promise<ReadonlyMap<string, readonly JobEvent[]>>
  /** The newest preview of each of these jobs that has one still, by id. */
  readonly previews: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly depth: () => Promise<Depth>
  /** Workers whose lease has not lapsed, with what they said of themselves at their last beat. */
  readonly workers: () => Promise<readonly WorkerHealth[]>
  /**
   * Gives out anew what dead workers held, and what has waited out its delay. Anybody may, at any time, as
   * often as they like; `atMostEveryMs` lets one of many do it for all.
   */
  readonly sweep: (options?: { readonly atMostEveryMs?: number }) => Promise<Swept>
  /** The slow search for inboxes of workers that nobody remembers. @returns how many elements went back. */
  readonly scanOrphans: () => Promise<number>
  readonly callbacks: Callbacks
  /** The same of the gateway's own jobs, for it to take note of how they ended. */
  readonly settlements: Callbacks
  readonly dead: DeadLetters
  readonly byHand: ByHand
  readonly takenDown: TakenDown
}

export interface QueueWorker {
  readonly name: string
  /**
   * Waits for a job once, for `blockMs` at most. Parks what cannot be read and drops duplicates on the way.
   * Renews the worker's lease. `signal` ends the wait.
   */
  readonly take: (options?: { readonly signal?: AbortSignal }) => Promise<Claim | undefined>
  /**
   * Renews the leases of the worker and of the jobs named: name only those whose engine is alive.
   * @returns how each stands, in the same order.
   */
  readonly beat: (
    held: readonly Claim[],
    health?: Readonly<Record<string, unknown>>,
  ) => Promise<readonly Standing[]>
  /**
   * Tells whoever watches. `preview` is kept beside the events, and no longer than the next one or `lifetimes.preview`:
   * a stream of pictures would fill memory. @returns false where the job is lost, and nothing was told.
   */
  readonly progress: (
    claim: Claim,
    data: Readonly<Record<string, unknown>>,
    preview?: string,
  ) => Promise<boolean>
  /** Ends the job, once: `lost` means that another has it, and that nothing may be published. */
  readonly finish: (claim: Claim, outcome: Outcome) => Promise<'finished' | 'lost'>
  /** Puts the job at the front of the queue without counting an attempt. */
  readonly giveBack: (claim: Claim) => Promise<'queued' | 'cancelled' | 'lost'>
  /** Counts an attempt and delays the job, or ends it as a dead letter where no attempt is left. */
  readonly retryLater: (
    claim: Claim,
    failed: FailedAttempt,
  ) => Promise<'delayed' | 'dead' | 'cancelled' | 'lost'>
  /**
   * Gives everything back, in the order in which it was taken: `held` is oldest first. The worker is then no more.
   * A take under way must have ended before, by its signal.
   */
  readonly leave: (held: readonly Claim[]) => Promise<void>
}

/** The right to run a job, while its lease is renewed. */
export interface Claim {
  readonly id: string
  readonly fence: number
  /**
   * Of this claim and no other. A Redis that has lost its last moments, as a replica that is promoted may, gives a fence
   * once more, and by the token whoever had it before has lost the job.
   */
  readonly token: string
  /** The element, with its id added where it came without one. */
  readonly raw: string
  /** Attempts that failed, and workers that died, before this one. */
  readonly attempts: number
  readonly stalls: number
  /** In ms of the queue's own clock. */
  readonly startedAt: number
  /** When the first attempt began, by that clock: the same for every attempt. */
  readonly firstSeenAt: number
}

/** `cancel`: stop, somebody asked. `lost`: stop, another has it. */
export type Standing = 'held' | 'cancel' | 'lost'

export type Outcome =
  | { readonly status: 'completed'; readonly result: string }
  | { readonly status: 'cancelled'; readonly result?: string }
  | {
      readonly status: 'failed'
      readonly code: FailureCode
      readonly result: string
      /** Whether the same id, pushed once more, is to run again. */
      readonly retryable: boolean
    }

export interface FailedAttempt {
  readonly code: FailureCode
  /** What to deliver should this have been the last attempt. */
  readonly result: string
  /** The least delay in ms: what a `Retry-After` said. */
  readonly atLeastMs?: number
}

export interface JobRecord {
  readonly status: JobStatus
  readonly fence: number
  readonly attempts: number
  readonly stalls: number
  /** Copies that were dropped. */
  readonly duplicates: number
  /** Undefined for a job that was cancelled before anybody took it. */
  readonly raw?: string
  readonly worker?: string
  readonly code?: string
  readonly result?: string
}

export interface JobEvent {
  /** Grows; names the place to go on from. */
  readonly id: string
  readonly type: JobStatus | 'progress' | 'stalled'
  /** JSON for `progress`, else a failure code or nothing. */
  readonly data: string
}

export interface EventsAfter {
  readonly id: string
  /** An event of this job's; all that are kept where none is named. */
  readonly after?: string | undefined
}

export interface Depth {
  readonly waiting: number
  readonly priority: number
  readonly delayed: number
  readonly active: number
  readonly dead: number
  readonly owedCallbacks: number
  /** How long the head of the queue has been seen to be its head: less than it waited, and 0 at first sight. */
  readonly headAgeMs: number
}

export interface Range {
  readonly from: number
  readonly count: number
}

export interface WorkerHealth {
  readonly name: string
  /** JSON; undefined between its first take and its first beat. */
  readonly health?: string
  /** By the queue's clock, in ms: it moves on with each beat and each take, so that whoever sees it move knows of one. */
  readonly lapsesAt: number
}

export interface Callbacks {
  /** Callbacks to try now. Each is this caller's alone for `leaseMs`; unanswered, it is due again after. */
  readonly due: (options: {
    readonly count: number
    readonly leaseMs: number
  }) => Promise<readonly OwedCallback[]>
  /** Delivered, or given up. */
  readonly done: (owed: OwedCallback) => Promise<void>
  readonly later: (owed: OwedCallback, delayMs: number) => Promise<void>
  /** Untried after all: due again after the delay, as the same attempt. */
  readonly putBack: (owed: OwedCallback, delayMs: number) => Promise<void>
}

export interface OwedCallback {
  readonly id: string
  readonly fence: number
  /** From 1. */
  readonly attempt: number
  readonly status: EndStatus
  readonly raw: string
  readonly code: string
  readonly result: string
  readonly finishedAt: number
}

/**
 * Reads an element's id, and the element with an id added where it had none. Undefined for what cannot be read.
 * Nothing else of an element is the queue's business.
 */
export type ReadId = (raw: string) => Identity | undefined

export interface Identity {
  readonly id: string
  readonly normalised: string
  /** Who is to hear of its end: the gateway that pushed it, else whoever its callback names. */
  readonly owner?: 'gateway' | undefined
}

/** What a worker does on its own, for counters and logs. No content of any element. */
export type QueueNote =
  | {
      readonly type: 'parked'
      readonly sha1: string
      readonly bytes: number
      readonly reason: string
    }
  | { readonly type: 'duplicate'; readonly id: string; readonly status: string }

export interface QueueOptions {
  readonly settings?: Partial<QueueSettings>
  readonly idOf: ReadId
  readonly note?: (note: QueueNote) => void
  /** From 0 up to 1, for the jitter of backoffs. */
  readonly random?: () => number
}
