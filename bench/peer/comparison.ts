/** What the timings of both sides come to. */
import { median, type Summary, summary } from '../measure/statistics.ts'
import { columns, duration, optional, percent } from '../measure/table.ts'
import { type Floor, shareOf } from '../roofline/floor.ts'
import type { PeerFound } from './peer-task.ts'

export type Side = 'ours' | 'ours prepared' | 'peer'

/** One process. */
export interface Round extends PeerFound {
  readonly side: Side
  readonly loadAverage: number
}

/** DESIGN section 8: never slower than the peer; the goal is 0.8. */
export const MOST_RATIO = 1
/** That of the parity goldens: above it, the two sides did not compute the same thing. */
export const MOST_RELATIVE_ERROR = 1e-4

interface SideSummary {
  readonly evaluationMs: Summary
  /** Of the machine's peak, at the median. */
  readonly share?: number
  readonly loadMs: number
  readonly peakMb: number
  readonly anonymousMb: number
}

export interface Comparison {
  /** Median time of ours over the peer's. */
  readonly ratio: number
  /** Of the fastest evaluations, which other work on the machine disturbs least. */
  readonly ratioOfLeast: number
  readonly preparedRatio?: number
  /** The least that the evaluation can take here. */
  readonly floor?: Floor
  readonly sides: Readonly<Partial<Record<Side, SideSummary>>>
}

/** Takes every evaluation of every process of a side together. Throws where a side never ran. */
export function compare(rounds: readonly Round[], floor?: Floor): Comparison {
  const of = (side: Side) => rounds.filter((round) => round.side === side)
  const [ours, peer] = [summarise(of('ours'), floor), summarise(of('peer'), floor)]
  const all = { ours, peer }
  const ratio = ours.evaluationMs.median / peer.evaluationMs.median
  const ratioOfLeast = ours.evaluationMs.least / peer.evaluationMs.least
  const compared = { ratio, ratioOfLeast, ...(floor && { floor }) }
  const preparedRounds = of('ours prepared')
  if (preparedRounds.length === 0) return { ...compared, sides: all }
  const prepared = summarise(preparedRounds, floor)
  return {
    ...compared,
    preparedRatio: prepared.evaluationMs.median / peer.evaluationMs.median,
    sides: { ...all, 'ours prepared': prepared },
  }
}

function summarise(rounds: readonly Round[], floor?: Floor): SideSummary {
  const evaluationMs = summary(rounds.flatMap(({ evaluationsMs }) => evaluationsMs))
  return {
    evaluationMs,
    ...(floor && { share: shareOf(floor, evaluationMs.median).share }),
    loadMs: median(rounds.map(({ loadMs }) => loadMs)),
    peakMb: median(rounds.map(({ memory }) => memory.peakMb)),
    anonymousMb: median(rounds.map(({ memory }) => memory.anonymousMb)),
  }
}

interface Row extends Comparison {
  readonly subject: string
  readonly relativeError: number
}

/** One line a subject and side. */
export function table(comparisons: readonly Row[]): string[] {
  const head = ['', '', 'median', 'least', 'floor', 'share', 'load', 'peak', 'anonymous']
  const rows = comparisons.flatMap((comparison) => {
    const { subject, sides, floor, ratio, preparedRatio, relativeError } = comparison
    const lines = Object.entries(sides).map(([side, summary]) => {
      const { evaluationMs, share, loadMs, peakMb, anonymousMb } = summary
      const against = side === 'ours' ? ratio : side === 'ours prepared' ? preparedRatio : undefined
      return [
        subject,
        side,
        ...[evaluationMs.median, evaluationMs.least].map(duration),
        optional(floor?.floorMs, duration),
        optional(share, percent),
        duration(loadMs),
        ...[peakMb, anonymousMb].map((mb) => `${Math.round(mb)} MB`),
        against?.toFixed(3) ?? '',
      ]
    })
    return [...lines, [subject, `relative error ${relativeError.toExponential(1)}`]]
  })
  return columns([[...head, 'ours / peer'], ...rows], { left: 2 })
}
