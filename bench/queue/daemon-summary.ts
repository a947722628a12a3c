/** What the rounds of a daemon under watch come to. */
import { median } from '../measure/statistics.ts'
import { columns } from '../measure/table.ts'
import { type DaemonRounds, says } from './daemon.ts'
import { type DaemonFound, type Gaps, type Stage, stages } from './daemon-task.ts'
import { quantile } from './quantile.ts'

export interface DaemonSummary {
  /** Medians over the rounds, in ms. */
  readonly gaps: Readonly<Record<'idle' | 'engine' | 'pictures' | 'busy', GapSummary>>
  /** The larger of both loads: the median over the rounds of the p99.9 gap less the idle daemon's of that round. */
  readonly gapOverIdleMs: number
  /** Share of the time that the stub of an engine was at work. */
  readonly busy: number
  /** From a claim until the pictures are published, less drawing and encoding them. */
  readonly overheadP50Ms: number
  readonly wholeP50Ms: number
  readonly stagesP50Ms: Readonly<Record<Stage, number>>
}

type GapSummary = Omit<Gaps, 'count'>

export function summaryOfDaemon(found: DaemonRounds): DaemonSummary {
  const { idle, engine, pictures, busy, smallest } = found
  const jobs = smallest.flatMap(({ jobMs }) => jobMs)
  const stagesOf = smallest.flatMap(({ stagesMs }) => stagesMs)
  const overheads = jobs.map((ms, i) => {
    const { drawing = 0, encoding = 0 } = stagesOf[i] ?? {}
    return ms - drawing - encoding
  })
  const p50 = (stage: Stage) => median(stagesOf.map((job) => job[stage] ?? 0))
  return {
    gaps: {
      idle: gapSummary(idle),
      engine: gapSummary(engine),
      pictures: gapSummary(pictures),
      busy: gapSummary(busy),
    },
    gapOverIdleMs: Math.max(overIdle(engine, idle), overIdle(pictures, idle)),
    busy: median(busy.map(({ busy = 0 }) => busy)),
    overheadP50Ms: median(overheads),
    wholeP50Ms: median(jobs),
    stagesP50Ms: {
      preparing: p50('preparing'),
      drawing: p50('drawing'),
      encoding: p50('encoding'),
      storing: p50('storing'),
      finishing: p50('finishing'),
      publishing: p50('publishing'),
    },
  }
}

/** Of each round what there is to keep: hundreds of jobs say no more than their quantiles. */
export function roundsOf(found: DaemonRounds) {
  const kept = ({ gaps, jobs, wallMs, busy, jobMs }: DaemonFound) => ({
    ...{ gaps, jobs, wallMs },
    ...(busy !== undefined && { busy }),
    ...(jobMs.length > 0 && { jobP50Ms: quantile(jobMs, 0.5), jobP99Ms: quantile(jobMs, 0.99) }),
  })
  return {
    ...{ idle: found.idle.map(kept), engine: found.engine.map(kept) },
    ...{ pictures: found.pictures.map(kept), busy: found.busy.map(kept) },
    smallest: found.smallest.map(kept),
  }
}

export function daemonTable(summary: DaemonSummary): string[] {
  const ms = (value: number) => `${value.toFixed(1)} ms`
  const loads = ['idle', 'engine', 'pictures', 'busy'] as const
  const gaps = loads.map((load) => {
    const { p50, p99, p999, most, ownP999, ownMost } = summary.gaps[load]
    return [says[load], ...[p50, p99, p999, most, ownP999, ownMost].map(ms)]
  })
  const { stagesP50Ms, wholeP50Ms, overheadP50Ms } = summary
  const parts = stages.map((stage) => [stage, `${stagesP50Ms[stage].toFixed(2)} ms`])
  return [
    ...columns([
      ['gaps in the daemon’s event loop', 'p50', 'p99', 'p99.9', 'most', 'own p99.9', 'most'],
      ...gaps,
    ]),
    `engine busy under a backlog: ${(100 * summary.busy).toFixed(1)} %`,
    '',
    ...columns([
      ['a job that is drawn at once', 'p50'],
      ...parts,
      ['whole', `${wholeP50Ms.toFixed(2)} ms`],
      ['without drawing and encoding', `${overheadP50Ms.toFixed(2)} ms`],
    ]),
  ]
}

function gapSummary(rounds: readonly DaemonFound[]): GapSummary {
  const of = (name: keyof Gaps) => median(rounds.map(({ gaps }) => gaps[name]))
  return {
    ...{ p50: of('p50'), p99: of('p99'), p999: of('p999'), most: of('most') },
    ...{ ownP999: of('ownP999'), ownMost: of('ownMost') },
  }
}

function overIdle(rounds: readonly DaemonFound[], idle: readonly DaemonFound[]): number {
  const differences = rounds.flatMap(({ gaps }, i) => {
    const control = idle[i]
    return control ? [gaps.p999 - control.gaps.p999] : []
  })
  return median(differences)
}
