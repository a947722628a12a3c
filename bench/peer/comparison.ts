/** What the timings of both sides come to. */
import { median, type Summary, summary } from '../measure/statistics.ts'
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
  readonly sides: Readonly<Partial<Record<Side, SideSummary>>>
}

/** Takes every evaluation of every process of a side together. Throws where a side never ran. */
export function compare(rounds: readonly Round[]): Comparison {
  const of = (side: Side) => rounds.filter((round) => round.side === side)
  const [ours, peer] = [summarise(of('ours')), summarise(of('peer'))]
  const all = { ours, peer }
  const ratio = ours.evaluationMs.median / peer.evaluationMs.median
  const ratioOfLeast = ours.evaluationMs.least / peer.evaluationMs.least
  const preparedRounds = of('ours prepared')
  if (preparedRounds.length === 0) return { ratio, ratioOfLeast, sides: all }
  const prepared = summarise(preparedRounds)
  return {
    ratio,
    ratioOfLeast,
    preparedRatio: prepared.evaluationMs.median / peer.evaluationMs.median,
    sides: { ...all, 'ours prepared': prepared },
  }
}

function summarise(rounds: readonly Round[]): SideSummary {
  return {
    evaluationMs: summary(rounds.flatMap(({ evaluationsMs }) => evaluationsMs)),
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
export function* table(comparisons: readonly Row[]): Generator<string> {
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(14) : cell.padStart(13))).join('')
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  yield row(['', '', 'median', 'least', 'load', 'peak', 'anonymous', 'ours / peer'])
  for (const { subject, sides, ratio, preparedRatio, relativeError } of comparisons) {
    for (const [side, { evaluationMs, loadMs, peakMb, anonymousMb }] of Object.entries(sides)) {
      const times = [evaluationMs.median, evaluationMs.least, loadMs].map(seconds)
      const megabytes = [peakMb, anonymousMb].map((mb) => `${Math.round(mb)} MB`)
      const against = side === 'ours' ? ratio : side === 'ours prepared' ? preparedRatio : undefined
      yield row([subject, side, ...times, ...megabytes, against?.toFixed(3) ?? ''])
    }
    yield row([subject, `relative error ${relativeError.toExponential(1)}`])
  }
}
