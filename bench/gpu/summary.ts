/** What a person reads when bench `gpu` has ended: one table, and what the other questions came to. */
import { columns, duration, percent } from '../measure/table.ts'
import { type Findings, peerWays, type Stage } from './findings.ts'
import { numberOf, type PartReport } from './part-report.ts'
import type { Row } from './part-task.ts'

export function summary(reports: readonly PartReport[], findings: Findings): string[] {
  const rowsNamed = (part: string) => rowsOf(reports, part)
  const vae = rowsNamed('vae')
  return [
    '',
    ...stageTable(findings.stages),
    ...rowsNamed('peer').flatMap(ceilings),
    '',
    ...columns(findings.gates.map(({ verdict, gate, value }) => [verdict, gate, digits(value)])),
    ...titled('exactness', [...rowsNamed('exactness'), ...vae].flatMap(distance)),
    ...titled('the UNet and its sizes', [
      ...timings(['unet', 'shapes', 'attention 0', 'attention 1'].flatMap(rowsNamed)),
      ...rowsNamed('shapes').flatMap(alternating),
    ]),
    ...titled('the VAE', timings(vae)),
    ...titled('stages of a picture, ms', columns(rowsNamed('pictures').flatMap(stageLine))),
    ...titled('where the time goes', rowsNamed('profile').flatMap(profileLines)),
    ...titled('parts', columns(reports.map(partLine), { left: 1 })),
    ...titled('failed', failures(reports)),
  ]
}

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? ['', `${title}:`, ...lines.map((line) => `  ${line}`)] : []

function stageTable(stages: readonly Stage[]): string[] {
  const head = ['', 'ours', ...peerWays, 'ahead', 'floor', 'share']
  const rows = stages.map(({ stage, ours, peer, ahead, floorMs, share }) => [
    stage,
    time(ours),
    ...peerWays.map((way) => time(peer[way])),
    ahead === undefined ? '-' : `${ahead.toFixed(2)}×`,
    time(floorMs),
    share === undefined ? '-' : percent(share),
  ])
  return columns([head, ...rows])
}

/** What the card reaches where nothing but one operation is asked of it. */
function ceilings({ what, teraflops, copyGbPerSecond }: Row): string[] {
  if (what !== 'ceilings') return []
  const [rate, copy] = [teraflops, copyGbPerSecond].map((value) => Number(value).toFixed(0))
  return [`(the card: ${rate} TFLOP/s in a matrix product, ${copy} GB/s in a copy)`]
}

/** What a first run and the next ones took, at what rate, and the GPU's memory by then. */
function timings(rows: readonly Row[]): string[] {
  const timed = rows.filter((row) => row.steadyMs !== undefined && row.failed === undefined)
  return columns(
    timed.map((row) => {
      const [open, first, steady] = [row.openMs, row.firstMs, row.steadyMs].map(timeOf)
      const [rate, memory] = [numberOf(row, 'teraflops'), numberOf(row, 'gpuPeakMb')]
      const measured = [`open ${open}`, `first ${first}`, `then ${steady}`]
      return [row.what, ...measured, `${digits(rate)} TFLOP/s`, `${digits(memory)} MB`]
    }),
  )
}

function alternating(row: Row): string[] {
  const times = Object.entries(row).filter(([name]) => name.startsWith('ms at '))
  const cells = times.map(([name, values]) => `${name}: ${list(values)}`)
  return cells.length > 0 ? [`${row.what}: ${cells.join('; ')}`] : []
}

function distance(row: Row): string[] {
  const of = (field: string, unit: string) => {
    const value = numberOf(row, field)
    return value === undefined ? [] : [`${digits(value)} ${unit}`]
  }
  const cells = [
    ...of('relativeError', 'relative error'),
    ...of('halfRelativeError', 'relative error of float16'),
    ...of('psnr', 'dB'),
    ...of('halfPsnr', 'dB in float16'),
  ]
  return cells.length > 0 ? [`${row.what}: ${cells.join(', ')}`] : []
}

function stageLine({ what, stages }: Row): string[][] {
  if (typeof stages !== 'object' || stages === null) return []
  return [[what, ...Object.entries(stages).map(([name, ms]) => `${name} ${Number(ms).toFixed(0)}`)]]
}

function profileLines(row: Row): string[] {
  if (typeof row.kernels === 'object') return [`${row.what}: ${JSON.stringify(row.kernels)}`]
  if (!Array.isArray(row.operators)) return []
  const shares = row.operators.slice(0, 10).map((one: Readonly<Record<string, unknown>>) => {
    return `${one.operator} ×${one.count} ${percent(Number(one.share))}`
  })
  return [`${row.what}, ${timeOf(row.ms)} of ${row.nodes} nodes: ${shares.join(', ')}`]
}

function partLine({ part, seconds, ended, gpuMb: { before, peak, after } }: PartReport): string[] {
  const memory = peak === null ? '-' : `${before} → ${peak} → ${after} MB`
  return [part, `${seconds.toFixed(1)} s`, memory, ended.slice(0, 100)]
}

/** Each reason once, with what it befell. */
function failures(reports: readonly PartReport[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const { part, rows } of reports) {
    for (const { what, failed } of rows) {
      if (failed === undefined) continue
      const reason = failed.slice(0, 240)
      reasons.set(reason, [...(reasons.get(reason) ?? []), `${part}: ${what}`])
    }
  }
  return [...reasons].map(([reason, befallen]) => {
    const named = befallen.slice(0, 4).join('; ')
    return `${named}${befallen.length > 4 ? ` and ${befallen.length - 4} more` : ''}: ${reason}`
  })
}

const rowsOf = (reports: readonly PartReport[], name: string): readonly Row[] =>
  reports.find(({ part }) => part === name)?.rows ?? []

const time = (ms: number | undefined): string => (ms === undefined ? '-' : duration(ms))
const timeOf = (value: unknown): string => time(typeof value === 'number' ? value : undefined)
const digits = (value: number | undefined): string =>
  value === undefined ? '-' : String(Number(value.toPrecision(4)))

const list = (values: unknown): string =>
  Array.isArray(values) ? values.map((value) => Number(value).toFixed(0)).join(' ') : ''
