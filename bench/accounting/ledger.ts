/** What became of each job that was acknowledged, judged by effects that were recorded outside Redis. */
import type { JobStatus } from '#contract'
import { type CallbackBody, drawnResult, type FinishRecord } from './worker-task.ts'

export interface Evidence {
  readonly acknowledged: ReadonlySet<string>
  readonly callbacks: readonly CallbackBody[]
  readonly finishes: readonly FinishRecord[]
  /** What Redis says in the end. */
  readonly statuses: ReadonlyMap<string, JobStatus>
}

/** Each acknowledged job counts in one of the last three. */
export interface Ledger {
  readonly acknowledged: number
  readonly completedOnce: number
  /** Not delivered as completed, or not completed for Redis. */
  readonly lost: number
  /** More than one start of it had an effect: a finish that was accepted, or a callback. */
  readonly finishedTwice: number
}

/** The same callback twice is one effect: deliveries repeat until they are answered. */
export function balance({ acknowledged, callbacks, finishes, statuses }: Evidence): Ledger {
  const effects = new Map<string, Set<string>>()
  const note = (id: string, effect: string) => {
    effects.set(id, (effects.get(id) ?? new Set()).add(effect))
  }
  const delivered = new Set<string>()
  for (const { id, status, result } of callbacks) {
    if (status === 'completed') delivered.add(id)
    note(id, status === 'completed' ? attemptIn(result) : status)
  }
  for (const { id, attempt, answer } of finishes) if (answer === 'finished') note(id, attempt)

  const ids = [...acknowledged]
  const isTwice = (id: string) => (effects.get(id)?.size ?? 0) > 1
  const isOnce = (id: string) =>
    !isTwice(id) && delivered.has(id) && statuses.get(id) === 'completed'
  const completedOnce = ids.filter(isOnce).length
  const finishedTwice = ids.filter(isTwice).length
  return {
    acknowledged: ids.length,
    completedOnce,
    lost: ids.length - completedOnce - finishedTwice,
    finishedTwice,
  }
}

const attemptIn = (result: string): string => drawnResult.parse(JSON.parse(result)).attempt
