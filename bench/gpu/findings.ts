/** The answers that bench `gpu` was run for, picked out of its rows. */
import { floorOf } from '../roofline/floor.ts'
import type { Peak } from '../roofline/peak.ts'
import { numberOf, type PartReport, rowOf } from './part-report.ts'
import type { Row } from './part-task.ts'

/** One thing that ours and the peer both do. */
export interface Stage {
  readonly stage: string
  readonly ours: number | undefined
  /** Milliseconds by way of running it. */
  readonly peer: Readonly<Record<PeerWay, number | undefined>>
  /** The peer's best over ours: above 1 ours is ahead. */
  readonly ahead: number | undefined
  readonly floorMs: number | undefined
  /** Of the floor in the time that ours takes. */
  readonly share: number | undefined
}

export interface Findings {
  readonly stages: readonly Stage[]
  readonly gates: readonly Gate[]
  readonly headline: Readonly<Record<string, number | undefined>>
}

export interface Gate {
  readonly gate: string
  readonly value: number | undefined
  /** Either is absent where there is no such demand. */
  readonly most?: number
  readonly least?: number
  readonly verdict: 'PASS' | 'FAIL' | 'NOT MEASURED'
}

export const peerWays = ['eager', 'channels last', 'compiled', 'CUDA graphs'] as const
export type PeerWay = (typeof peerWays)[number]

/** `peak`: what the card can do at most, where that is known. */
export function findingsOf(reports: readonly PartReport[], peak: Peak | undefined): Findings {
  const stages = stageRows(reports).map((stage) => stageOf(reports, { ...stage, peak }))
  const ours = (name: string) => stages.find(({ stage }) => stage === name)?.ours
  const words = reports.find(({ part }) => part === 'words')?.rows
  const psnr = numberOf(anyRow(reports, 'exactness', 'picture, VAE float32'), 'psnr')
  const peaks = reports.filter(isOurs).map(({ gpuMb }) => gpuMb.peak ?? 0)
  const gpuPeakMb = Math.max(0, ...peaks) || undefined
  return {
    stages,
    gates: [
      gate('words that fail', words && countFailed(words), { most: 0 }),
      gate('PSNR of a whole picture against float32, dB', psnr, { least: 40 }),
      gate('MODIFY, ms', ours('MODIFY'), { most: 8000 }),
      gate('COPY, ms', ours('COPY'), { most: 4000 }),
    ],
    headline: {
      cfgEvaluationMs: ours('guided evaluation'),
      modifyMs: ours('MODIFY'),
      copyMs: ours('COPY'),
      decodeHalfMs: ours('decode, float16'),
      coldStartMs: numberOf(rowOf(reports, 'pictures', 'cold start'), 'ms'),
      psnr,
      unetRelativeError: numberOf(rowOf(reports, 'exactness', 'unet'), 'relativeError'),
      gpuPeakMb,
    },
  }
}

interface StageRows {
  readonly stage: string
  readonly part: string
  readonly what: string
  /** How often ours is run for one of the peer's. */
  readonly times?: number
}

function stageRows(reports: readonly PartReport[]): readonly StageRows[] {
  const unet = reports.find(({ part }) => part === 'unet')?.rows.find(({ failed }) => !failed)
  const vae = (stage: string, name: string) =>
    (['float16', 'float32'] as const).map((precision) => {
      return { stage: `${stage}, ${precision}`, part: 'vae', what: `${name}, ${precision}` }
    })
  return [
    // Ours runs the negative prompt and the prompt one after the other, the peer as a batch of two.
    { stage: 'guided evaluation', part: 'unet', what: unet?.what ?? '', times: 2 },
    ...vae('decode', 'vaeDecoder'),
    ...vae('encode', 'vaeEncoder'),
    { stage: 'MODIFY', part: 'pictures', what: 'modify' },
    { stage: 'COPY', part: 'pictures', what: 'copy' },
  ]
}

function stageOf(
  reports: readonly PartReport[],
  { stage, part, what, times = 1, peak }: StageRows & { readonly peak: Peak | undefined },
): Stage {
  const row = rowOf(reports, part, what)
  const once = numberOf(row, 'steadyMs')
  const ours = once && once * times
  const peer = peerTimes(reports, stage)
  const theirs = Object.values(peer).filter((ms) => ms !== undefined)
  const floor = peak && row && floorMs(row, peak)
  const floorAll = floor && floor * times
  return {
    stage,
    ours,
    peer,
    ahead: ours && theirs.length > 0 ? Math.min(...theirs) / ours : undefined,
    floorMs: floorAll,
    share: floorAll && ours && floorAll / ours,
  }
}

function peerTimes(reports: readonly PartReport[], stage: string): Stage['peer'] {
  const rows = reports.filter((report) => !isOurs(report)).flatMap((report) => report.rows)
  const time = (way: PeerWay) => {
    const row = rows.find(({ what, failed }) => what === `${stage}, ${way}` && !failed)
    return numberOf(row, 'steadyMs')
  }
  return {
    eager: time('eager'),
    'channels last': time('channels last'),
    compiled: time('compiled'),
    'CUDA graphs': time('CUDA graphs'),
  }
}

/** undefined for rows that say nothing of the work in them, such as those of whole pictures. */
function floorMs(row: Row, peak: Peak): number | undefined {
  const tera = numberOf(row, 'teraOperations')
  const weightBytes = numberOf(row, 'weightBytes')
  const activationBytes = numberOf(row, 'activationBytes')
  if (tera === undefined || weightBytes === undefined || activationBytes === undefined) return
  const cost = { operations: tera * 1e12, weightBytes, activationBytes }
  return floorOf(cost, row.precision === 'float32' ? 'float32' : 'float16', peak).floorMs
}

function gate(
  name: string,
  value: number | undefined,
  demand: { readonly most?: number; readonly least?: number },
): Gate {
  const { most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY } = demand
  const holds = value !== undefined && value <= most && value >= least
  const verdict = value === undefined ? 'NOT MEASURED' : holds ? 'PASS' : 'FAIL'
  return { gate: name, value, ...demand, verdict }
}

/** undefined where none was asked. */
function countFailed(words: readonly Row[]): number | undefined {
  return words.length > 0 ? words.filter(({ failed }) => failed !== undefined).length : undefined
}

/** Failed or not: one that fails a gate still has its number. */
const anyRow = (reports: readonly PartReport[], part: string, what: string): Row | undefined =>
  reports.find((report) => report.part === part)?.rows.find((row) => row.what === what)

const isOurs = ({ part }: PartReport): boolean => !part.startsWith('peer')
