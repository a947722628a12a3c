/** How long our workers will take, from what they measured themselves. */
import type { HealthReport, Mode, Planned, Size } from '#contract'
import type { LocalView, WorkerView } from './worker-view.ts'

export interface LocalEstimate {
  /** Until a worker begins with it. */
  readonly waitSeconds: number
  /** Of the engine's time, all images together. */
  readonly serviceSeconds: number
}

/** Undefined where nobody is there whose time could be told. `able`: those of the live who can do the job. */
export function estimate(
  local: Pick<LocalView, 'waiting' | 'workers'>,
  { mode, images }: Pick<Planned, 'mode' | 'images'>,
  { size, able }: { readonly size: Size | undefined; readonly able: readonly WorkerView[] },
): LocalEstimate | undefined {
  const reports = able.flatMap(({ report }) => (report ? [report] : []))
  if (reports.length === 0) return undefined
  const wanted = size ? `${size.width}x${size.height}` : USUAL_SIZE
  const service = mean(reports.map((report) => secondsOf(report, mode, wanted)))
  return { waitSeconds: waitOf(local.waiting, reports), serviceSeconds: service * images }
}

/** What stands before a new job, shared between those who can do it. */
export function waitOf(waiting: number, reports: readonly HealthReport[]): number {
  if (reports.length === 0) return 0
  const held = reports.reduce((sum, { heldSeconds }) => sum + heldSeconds, 0)
  return (held + waiting * mean(reports.map(anySeconds))) / reports.length
}

const USUAL_SIZE = '1024x1024'

function secondsOf(report: HealthReport, mode: Mode, size: string): number {
  const own = report.service.filter((each) => each.mode === mode)
  const exact = own.find((each) => each.size === size)
  if (exact) return exact.seconds
  return own.length > 0 ? mean(own.map(({ seconds }) => seconds)) : anySeconds(report)
}

function anySeconds({ service, device = 'cpu', pictures }: HealthReport): number {
  if (service.length > 0) return mean(service.map(({ seconds }) => seconds))
  return pictures === undefined ? UNMEASURED_SECONDS[device] : SMALL_SECONDS
}

/** An image by a worker that has drawn none yet. The worst that the brief allows on a GPU; minutes on a CPU. */
const UNMEASURED_SECONDS = { cuda: 8, webgpu: 30, cpu: 240 } as const

/** The like, of the demo's networks and the toy's, wherever they run. */
const SMALL_SECONDS = 3

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
