/** What became of each job that a gateway acknowledged, judged by its database, by files, and by who was told. */
import type { Answers } from './ask.ts'
import type { BookedJob } from './books.ts'
import { effectOf } from './effect.ts'
import type { Evidence } from './ledger.ts'

export interface GatewayEvidence
  extends Pick<Evidence, 'told' | 'finishes' | 'published' | 'jobs'> {
  /** The requests that were acknowledged. */
  readonly answers: Answers
  readonly booked: readonly BookedJob[]
  /** What Redis has forgotten may be drawn and finished there again; only what comes of it counts then. */
  readonly isEmptied: boolean
  /** Ends of jobs that Redis still holds for a gateway to take note of. */
  readonly unsettled: number
}

export interface GatewayLedger {
  /** Each of these counts in one of the next three. */
  readonly acknowledged: number
  readonly completedOnce: number
  /** Not completed, not charged, not told of, without files, or not completed for the queue. */
  readonly lost: number
  /** More than one job of one request, or more than one start of a job had an effect. */
  readonly finishedTwice: number
  /** Requests with more charges than one, or with one that nobody had earned. */
  readonly chargedTwice: number
  /** Jobs that are not over, or have an attempt or a callback that is not, and ends that nobody took note of. */
  readonly open: number
}

export function balanceGateways(evidence: GatewayEvidence): GatewayLedger {
  const { answers, booked } = evidence
  const effects = effectsIn(evidence)
  const requests = [...answers].map(([request, ids]) => ({
    ids,
    rows: booked.filter((row) => row.request === request),
  }))
  const isTwice = ({ ids, rows }: (typeof requests)[number]) =>
    ids.size > 1 ||
    rows.length > 1 ||
    rows.some(({ id, won }) => won > 1 || (effects.get(id)?.size ?? 0) > 1)
  const isOnce = (request: (typeof requests)[number]) =>
    !isTwice(request) && request.rows.some((row) => request.ids.has(row.id) && isDone(row))
  const isDone = ({ id, status, won, dueCharges, effect, given, delivered }: BookedJob) =>
    status === 'completed' &&
    won === 1 &&
    dueCharges === 1 &&
    effect !== null &&
    effect === given &&
    delivered === 1 &&
    evidence.published.has(id) &&
    evidence.told.some((told) => told.id === id && told.status === 'completed') &&
    (evidence.isEmptied || evidence.jobs.get(id)?.status === 'completed')
  const completedOnce = requests.filter(isOnce).length
  const finishedTwice = requests.filter(isTwice).length
  return {
    acknowledged: requests.length,
    completedOnce,
    lost: requests.length - completedOnce - finishedTwice,
    finishedTwice,
    chargedTwice: requests.filter(({ rows }) => isOvercharged(rows)).length,
    open: booked.filter(isOpen).length + evidence.unsettled,
  }
}

function effectsIn({ told, finishes, published, booked, isEmptied }: GatewayEvidence) {
  const effects = new Map<string, Set<string>>()
  const note = (id: string, effect: string | null) => {
    if (effect !== null) effects.set(id, (effects.get(id) ?? new Set()).add(effect))
  }
  for (const { id, status, pictures } of told) note(id, effectOf(status, pictures))
  for (const { id, effect, answer } of finishes) {
    if (answer === 'finished' && !isEmptied) note(id, effect)
  }
  for (const [id, effect] of published) note(id, effect)
  for (const { id, status, effect } of booked) {
    note(id, status === 'failed' || status === 'cancelled' ? status : effect)
  }
  return effects
}

function isOvercharged(rows: readonly BookedJob[]): boolean {
  const charges = rows.reduce((sum, row) => sum + row.charges, 0)
  return charges > 1 || rows.some((row) => row.charges !== row.dueCharges)
}

const isOpen = ({ status, open, callbacks, delivered }: BookedJob): boolean =>
  status === 'queued' || status === 'processing' || open > 0 || callbacks > delivered
