/** What became of each job that was acknowledged, judged by effects that were recorded outside Redis. */
import type { JobRecord } from '#contract'
import { effectOf } from './effect.ts'
import type { Told } from './receiver.ts'
import type { FinishRecord } from './witness.ts'

export interface Evidence {
  /** Those that are to complete. */
  readonly acknowledged: ReadonlySet<string>
  /** Those that kill whoever draws them. */
  readonly poison: ReadonlySet<string>
  readonly told: readonly Told[]
  readonly finishes: readonly FinishRecord[]
  /** Of each job whose files are where its callback said: what they are the effect of. */
  readonly published: ReadonlyMap<string, string>
  /** What Redis says in the end. */
  readonly jobs: ReadonlyMap<string, Pick<JobRecord, 'status' | 'stalls'>>
  /** The ids of dead letters. */
  readonly letters: ReadonlySet<string>
  /** After which a job is to be buried. */
  readonly deaths: number
}

export interface Ledger {
  /** Each of these counts in one of the next three. */
  readonly acknowledged: number
  readonly completedOnce: number
  /** Not delivered as completed, without its files, or not completed for Redis. */
  readonly lost: number
  /** More than one start of it had an effect: a finish that was accepted, a callback, a file. */
  readonly finishedTwice: number
  /** Poison that ended as it should: after so many deaths, as a dead letter, told of as failed. */
  readonly dead: number
}

/** The same callback twice is one effect: deliveries repeat until they are answered. */
export function balance(evidence: Evidence): Ledger {
  const { acknowledged, poison, told, published, jobs, letters, deaths } = evidence
  const effects = effectsIn(evidence)
  const delivered = new Set(told.flatMap(({ id, status }) => (status === 'completed' ? [id] : [])))

  const ids = [...acknowledged]
  const isTwice = (id: string) => (effects.get(id)?.size ?? 0) > 1
  const isOnce = (id: string) =>
    !isTwice(id) && delivered.has(id) && published.has(id) && jobs.get(id)?.status === 'completed'
  const isDead = (id: string) =>
    !isTwice(id) &&
    effects.get(id)?.has('failed') === true &&
    letters.has(id) &&
    jobs.get(id)?.stalls === deaths
  const completedOnce = ids.filter(isOnce).length
  const finishedTwice = ids.filter(isTwice).length
  return {
    acknowledged: ids.length,
    completedOnce,
    lost: ids.length - completedOnce - finishedTwice,
    finishedTwice,
    dead: [...poison].filter(isDead).length,
  }
}

function effectsIn({ told, finishes, published }: Evidence): Map<string, Set<string>> {
  const effects = new Map<string, Set<string>>()
  const note = (id: string, effect: string) => {
    effects.set(id, (effects.get(id) ?? new Set()).add(effect))
  }
  for (const { id, status, pictures } of told) note(id, effectOf(status, pictures))
  for (const { id, effect, answer } of finishes) if (answer === 'finished') note(id, effect)
  for (const [id, effect] of published) note(id, effect)
  return effects
}
