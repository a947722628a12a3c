/** The ways in which a VAE can run, and what the timings of each come to. */
import type { Precision } from '#models/graph/graph.ts'
import type { Device } from '#worker/engine/session.ts'
import { median, type Summary, summary } from '../measure/statistics.ts'
import { columns, duration, optional, percent } from '../measure/table.ts'
import type { PeerFound } from '../peer/peer-task.ts'
import { networkOf, type SubjectName } from '../peer/subjects.ts'
import { floorOf, type Share, shareOf } from '../roofline/floor.ts'
import { networkCost } from '../roofline/network-cost.ts'
import type { Peak } from '../roofline/peak.ts'

export interface Variant {
  readonly whose: 'ours' | 'peer'
  readonly precision: Precision
  readonly tiled: boolean
}

/** What is measured at one size. */
export interface Setting extends Variant {
  readonly subject: Exclude<SubjectName, 'unet'>
  /** Pixels on each side. */
  readonly side: number
}

/** One process. */
export interface Round extends Setting, PeerFound {
  readonly loadAverage: number
}

export interface Row extends Setting {
  readonly evaluationMs: Summary
  readonly firstMs: number
  readonly peakMb: number
  readonly anonymousMb: number
  readonly gpuMb?: number
  /** Of the peer's median time in the same setting; of ours alone, where the peer ran. */
  readonly ratio?: number
  /** Of the fastest evaluations, which other work on the machine disturbs least. */
  readonly ratioOfLeast?: number
  /** The floor is that of the picture as a whole, of tiles too: their overlaps are what tiling costs. */
  readonly roofline?: Share
}

/** Half precision is what a GPU runs a VAE in where it may; a CPU has none. */
export function variantsOn(device: Device, { peer }: { readonly peer: boolean }): Variant[] {
  const precisions = device === 'cpu' ? (['float32'] as const) : (['float16', 'float32'] as const)
  const whose = peer ? (['ours', 'peer'] as const) : (['ours'] as const)
  return whose.flatMap((one) =>
    precisions.flatMap((precision) => [
      { whose: one, precision, tiled: false },
      { whose: one, precision, tiled: true },
    ]),
  )
}

export function nameOf({ whose, precision, tiled }: Variant): string {
  return [whose, precision, ...(tiled ? ['tiled'] : [])].join(', ')
}

/** One row a setting, in the order in which each first ran. */
export function summarise(
  rounds: readonly Round[],
  { device, peak }: { readonly device: Device; readonly peak: Peak | undefined },
): Row[] {
  const groups = new Map<string, Round[]>()
  for (const round of rounds) {
    const key = JSON.stringify(settingOf(round))
    groups.set(key, [...(groups.get(key) ?? []), round])
  }
  const rows = [...groups.values()].map((group) => rowOf(group, device, peak))
  return rows.map((row) => {
    const peer = rows.find((other) => other.whose === 'peer' && isSameBut(other, row))
    if (row.whose === 'peer' || !peer) return row
    const over = (of: keyof Summary) => row.evaluationMs[of] / peer.evaluationMs[of]
    return { ...row, ratio: over('median'), ratioOfLeast: over('least') }
  })
}

const settingOf = ({ subject, side, whose, precision, tiled }: Setting): Setting => {
  return { subject, side, whose, precision, tiled }
}

const isSameBut = (a: Setting, b: Setting): boolean =>
  a.subject === b.subject && a.side === b.side && a.precision === b.precision && a.tiled === b.tiled

function rowOf(rounds: readonly Round[], device: Device, peak: Peak | undefined): Row {
  const [first] = rounds
  if (!first) throw new Error('no round to summarise')
  const { subject, side, precision } = first
  const evaluationMs = summary(rounds.flatMap((round) => round.evaluationsMs))
  const size = { width: side, height: side }
  const cost = networkCost(networkOf[subject], { size, device, precision, weights: 'prepared' })
  const gpuMb = rounds.flatMap((round) => round.gpuMb ?? [])
  return {
    ...settingOf(first),
    evaluationMs,
    firstMs: median(rounds.map(({ warmUpMs }) => warmUpMs)),
    peakMb: median(rounds.map(({ memory }) => memory.peakMb)),
    anonymousMb: median(rounds.map(({ memory }) => memory.anonymousMb)),
    ...(gpuMb.length > 0 && { gpuMb: median(gpuMb) }),
    ...(peak && { roofline: shareOf(floorOf(cost, precision, peak), evaluationMs.median) }),
  }
}

export function table(rows: readonly Row[]): string[] {
  const head = [
    '',
    '',
    '',
    'median',
    'least',
    'floor',
    'share',
    'first',
    'peak',
    'ours / peer',
    'of least',
  ]
  const lines = rows.map((row) => [
    row.subject,
    `${row.side}²`,
    nameOf(row),
    duration(row.evaluationMs.median),
    duration(row.evaluationMs.least),
    optional(row.roofline?.floorMs, duration),
    optional(row.roofline?.share, percent),
    duration(row.firstMs),
    `${Math.round(row.gpuMb ?? row.peakMb)} MB`,
    row.ratio?.toFixed(3) ?? '',
    row.ratioOfLeast?.toFixed(3) ?? '',
  ])
  return columns([head, ...lines], { left: 3 })
}
