/** What a load run comes to: latency by mode and stage against the brief's times, errors, waits against theory, money. */
import { type Mode, modes } from '#contract'
import type { EndedJob } from './ask-gateway.ts'
import { createHistogram, type Histogram } from './histogram.ts'
import { type Expected, expectedWait, meanOf, waitOfThese } from './queueing.ts'

export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly most: number
}

export interface ModeSummary {
  readonly mode: Mode
  /** Milliseconds: what a person waits, the engine's own part of it, and each stage. */
  readonly total: Spread
  readonly service: Spread
  readonly stages: Readonly<Record<string, Spread>>
  /** Share of jobs that took no longer than the brief's best and worst times. */
  readonly withinBest: number | undefined
  readonly withinWorst: number | undefined
  readonly curve: ReturnType<Histogram['curve']>
}

export interface LoadSummary {
  readonly ended: number
  readonly errors: Readonly<Record<string, number>>
  readonly fallbacks: number
  readonly perSecond: number
  readonly modes: readonly ModeSummary[]
  readonly wait: {
    /** Mean, in ms: what a job was inside beyond its own stages, less the least that any was. */
    readonly measured: number
    readonly expected: Expected
    /** What a line of just these arrivals would have had: half an hour's mean is not yet that of all half hours. */
    readonly ofThese: number
  }
  /** Dollars for a thousand pictures at this rate, where an hour's price is known. */
  readonly thousand: number | undefined
}

/** The brief: 3 to 8 s for MODIFY, 2 to 4 for COPY. */
const briefs: Readonly<Partial<Record<Mode, { readonly best: number; readonly worst: number }>>> = {
  modify: { best: 3_000, worst: 8_000 },
  copy: { best: 2_000, worst: 4_000 },
}

/** In which the engine is one job's alone; the others are the daemon's, beside it. */
const ENGINE = ['prompt', 'encode', 'denoise', 'decode']

export interface Circumstances {
  readonly seconds: number
  readonly engines: number
  readonly dollarsAnHour: number | undefined
}

export function summarise(jobs: readonly EndedJob[], given: Circumstances): LoadSummary {
  const good = jobs.filter(({ error }) => error === undefined)
  const errors: Record<string, number> = {}
  for (const { error } of jobs) if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1
  const ours = good.filter(({ provider }) => provider === 'local-sdxl')
  const perSecond = good.length / given.seconds
  const { engines, dollarsAnHour } = given
  return {
    ended: good.length,
    errors,
    fallbacks: good.length - ours.length,
    perSecond,
    modes: modes.flatMap((mode) => {
      const own = good.filter((job) => job.mode === mode)
      return own.length === 0 ? [] : [summariseMode(mode, own)]
    }),
    wait: {
      measured: waitOf(ours),
      expected: expectedWait(jobs.length / given.seconds / 1_000, ours.map(serviceOf), engines),
      ofThese: waitOfThese(
        ours.map((job) => {
          const { reference = 0 } = job.stages
          return { at: 1_000 * job.at, prepare: reference, service: serviceOf(job) }
        }),
        engines,
      ),
    },
    thousand:
      dollarsAnHour === undefined
        ? undefined
        : ((dollarsAnHour * engines) / 3_600 / perSecond) * 1_000,
  }
}

function summariseMode(mode: Mode, jobs: readonly EndedJob[]): ModeSummary {
  const totals = jobs.map(({ totalMs }) => totalMs)
  const names = [...new Set(jobs.flatMap(({ stages }) => Object.keys(stages)))]
  const brief = briefs[mode]
  const within = (most: number | undefined) =>
    most === undefined ? undefined : totals.filter((total) => total <= most).length / totals.length
  return {
    mode,
    total: spreadOf(totals),
    service: spreadOf(jobs.map(serviceOf)),
    stages: Object.fromEntries(
      names.map((name) => [name, spreadOf(jobs.flatMap(({ stages }) => stages[name] ?? []))]),
    ),
    withinBest: within(brief?.best),
    withinWorst: within(brief?.worst),
    curve: histogramOf(totals).curve(),
  }
}

const serviceOf = ({ stages }: EndedJob): number =>
  ENGINE.reduce((sum, name) => sum + (stages[name] ?? 0), 0)

/** What is neither work nor wait, such as a round through the queue, every job has: the one that had least did not wait. */
function waitOf(jobs: readonly EndedJob[]): number {
  const beyond = jobs.map(({ insideMs, stages }) => insideMs - sum(Object.values(stages)))
  if (beyond.length === 0) return Number.NaN
  const least = beyond.reduce((a, b) => Math.min(a, b))
  return meanOf(beyond.map((each) => each - least))
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

function histogramOf(values: readonly number[]): Histogram {
  const histogram = createHistogram()
  for (const value of values) histogram.add(value)
  return histogram
}

function spreadOf(values: readonly number[]): Spread {
  const { count, quantile, most } = histogramOf(values)
  const [p50, p95, p99] = [quantile(0.5), quantile(0.95), quantile(0.99)]
  return { count: count(), p50, p95, p99, most: most() }
}
