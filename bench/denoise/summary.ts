/** What the timings of whole pictures come to: medians of every stage, beside what the machine could do at best. */
import type { Device } from '#worker/engine/session.ts'
import { median, type Summary, summary } from '../measure/statistics.ts'
import { columns, duration, optional, percent } from '../measure/table.ts'
import { type Floor, floorOf, type Share, shareOf } from '../roofline/floor.ts'
import { added, networkCost } from '../roofline/network-cost.ts'
import type { Peak } from '../roofline/peak.ts'
import type { DenoiseFound } from './denoise-task.ts'
import { type Kind, kinds } from './kinds.ts'

export const sides = ['ours', 'peer'] as const
export type Side = (typeof sides)[number]

/** One process. */
export interface Round extends DenoiseFound {
  readonly kind: Kind
  readonly side: Side
  readonly loadAverage: number
}

export interface Subject {
  readonly kind: Kind
  readonly side: Side
  readonly evaluations: number
  readonly guided: boolean
  readonly totalMs: Summary
  readonly evaluationMs: Summary
  /** Medians. */
  readonly stages: Readonly<Record<string, number>>
  readonly loadMs: number
  readonly firstMs: number
  readonly peakMb: number
  readonly anonymousMb: number
  readonly gpuMb?: number
  /** Of the peer's median time for the same kind; of ours alone, where the peer ran. */
  readonly ratio?: number
  /** Of one evaluation; absent for a card whose peak is not known. */
  readonly roofline?: Share
}

export interface Circumstance {
  readonly device: Device
  /** Pixels on each side. */
  readonly side: number
  readonly peak: Peak | undefined
}

/** One a kind and side that ran. */
export function summarise(rounds: readonly Round[], on: Circumstance): Subject[] {
  const subjects = kinds.flatMap((kind) =>
    sides.flatMap((side) => {
      const own = rounds.filter((round) => round.kind === kind && round.side === side)
      return own[0] ? [ofRounds(own, own[0], on)] : []
    }),
  )
  return subjects.map((subject) => {
    const peer = subjects.find(({ kind, side }) => kind === subject.kind && side === 'peer')
    if (subject.side === 'peer' || !peer) return subject
    return { ...subject, ratio: subject.totalMs.median / peer.totalMs.median }
  })
}

function ofRounds(rounds: readonly Round[], first: Round, on: Circumstance): Subject {
  const { kind, side, evaluations, guided } = first
  const runs = rounds.flatMap((round) => round.runs)
  const evaluationMs = summary(runs.flatMap(({ evaluationsMs }) => evaluationsMs))
  const stages = Object.keys(first.runs[0]?.stages ?? {}).map((stage) => {
    return [stage, median(runs.flatMap((run) => run.stages?.[stage] ?? []))]
  })
  const gpuMb = rounds.flatMap((round) => round.gpuMb ?? [])
  return {
    kind,
    side,
    evaluations,
    guided,
    totalMs: summary(runs.map(({ totalMs }) => totalMs)),
    evaluationMs,
    stages: Object.fromEntries(stages),
    loadMs: median(rounds.map(({ loadMs }) => loadMs)),
    firstMs: median(rounds.map(({ firstMs }) => firstMs)),
    peakMb: median(rounds.map(({ memory }) => memory.peakMb)),
    anonymousMb: median(rounds.map(({ memory }) => memory.anonymousMb)),
    ...(gpuMb.length > 0 && { gpuMb: median(gpuMb) }),
    ...(on.peak && { roofline: shareOf(evaluationFloor(first, on, on.peak), evaluationMs.median) }),
  }
}

/** Of the UNet, once or twice; both sides keep its weights as the device has them, but for ours on a CPU. */
function evaluationFloor(
  { side: whose, guided }: Round,
  { device, side }: Circumstance,
  peak: Peak,
): Floor {
  const precision = device === 'cpu' ? 'float32' : 'float16'
  const weights = device === 'cpu' && whose === 'ours' ? 'in-place' : 'prepared'
  const one = networkCost('unet', {
    size: { width: side, height: side },
    device,
    precision,
    weights,
  })
  return floorOf(guided ? added([one, one]) : one, precision, peak)
}

/** One line a kind and side. */
export function table(subjects: readonly Subject[]): string[] {
  const stages = Object.keys(subjects[0]?.stages ?? {})
  const head = ['', '', 'evaluations', 'total', ...stages, 'an evaluation', 'floor', 'share']
  const rows = subjects.map((subject) => {
    const { kind, side, totalMs, evaluationMs, roofline, ratio } = subject
    const costs = [subject.loadMs, subject.firstMs].map(duration)
    return [
      kind,
      side,
      `${subject.evaluations}${subject.guided ? ', guided' : ''}`,
      duration(totalMs.median),
      ...stages.map((stage) => optional(subject.stages[stage], duration)),
      duration(evaluationMs.median),
      optional(roofline?.floorMs, duration),
      optional(roofline?.share, percent),
      ...costs,
      `${Math.round(subject.gpuMb ?? subject.peakMb)} MB`,
      `${Math.round(subject.anonymousMb)} MB`,
      ratio?.toFixed(3) ?? '',
    ]
  })
  return columns([[...head, 'load', 'first', 'peak', 'anonymous', 'ours / peer'], ...rows], {
    left: 2,
  })
}
