/** What a person sees and does in the queue by hand: no worker needs any of it, and none of it holds Redis up. */
import type { EndStatus, Identity, JobStatus, Range } from './queue.ts'

export interface ByHand {
  /** Elements of a lane, in the order in which they will be taken. */
  readonly waiting: (range: LaneRange) => Promise<readonly WaitingElement[]>
  /** Jobs that are held, soonest to lapse first. */
  readonly active: (count: number) => Promise<readonly Glance[]>
  /** Jobs that wait out a backoff, soonest first. */
  readonly delayed: (count: number) => Promise<readonly Glance[]>
  /** What is known of each, in the same order; undefined for one that was never claimed, cancelled or dropped. */
  readonly glance: (ids: readonly string[]) => Promise<readonly (Glance | undefined)[]>
  /** The copy of a job's element that will be taken first. Reads whole lanes, a page at a time. */
  readonly findWaiting: (id: string) => Promise<FoundWaiting | undefined>
  /**
   * Gives a job that failed another life at the back of the queue, all counters at nought. A callback that is owed
   * for its failure is owed no more.
   * @returns `retried`, else the state in which it stays.
   */
  readonly retry: (id: string) => Promise<'retried' | JobStatus | 'unknown'>
  /**
   * Takes a job out of the queue for good. One that waits ends as cancelled, and its owner is owed the news; one
   * that runs is cancelled by its holder. A job that had ended stays as it was, but what waits of it is gone.
   */
  readonly drop: (id: string) => Promise<Dropped>
}

export type Lane = 'queue' | 'priority'

export interface LaneRange extends Range {
  /** The queue itself where none is named. */
  readonly lane?: Lane
}

export interface WaitingElement {
  readonly bytes: number
  /** Undefined where it is longer than any job: nobody takes it for one. */
  readonly raw?: string
}

/** Times are what has passed or is left by the queue's own clock, in ms: a reader's may be wrong. */
export interface Glance {
  readonly id: string
  readonly status: JobStatus
  readonly fence: number
  readonly attempts: number
  readonly stalls: number
  /** Whether somebody asked for its end, which its holder has not heard yet. */
  readonly isCancelled: boolean
  readonly worker?: string
  readonly code?: string
  readonly sinceSeen?: number
  readonly sinceStart?: number
  readonly sinceEnd?: number
  /** Of the lease where it is active, of the delay where it is delayed; negative until the next sweep. */
  readonly left?: number
  /** How long until its callback is tried; undefined where none is owed. */
  readonly untilCallback?: number
  /** Tries so far. */
  readonly callbacks: number
}

export interface FoundWaiting extends Identity {
  readonly raw: string
  readonly lane: Lane
  /** Elements of its lane that will be taken before it. */
  readonly ahead: number
}

export interface Dropped {
  readonly answer: 'dropped' | 'cancelling' | EndStatus | 'unknown'
  /** Elements that were taken out of a lane. */
  readonly copies: number
}

/** What somebody who wanted to cancel a job that had failed, and may be in line once more, hears of its being dropped. */
export function cancelledBy({ answer }: Dropped): 'cancelling' | EndStatus {
  if (answer === 'dropped') return 'cancelled'
  // Forgotten since, as what has failed is in time.
  return answer === 'unknown' ? 'failed' : answer
}
