/** What the daemon counts and times, for Prometheus: one registry for all its engines, asked at each scrape. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type Claim, type FailureCode, type HealthReport, workerStates } from '#contract'
import type { JobFacts } from '../job/attempt.ts'
import type { Ended } from '../job/end-attempt.ts'
import { createEventLoopDelay } from './event-loop-delay.ts'
import { createFleetProbe, type Fleet, type FleetSource } from './fleet-probe.ts'
import { createMemoryProbe } from './memory-probe.ts'
import { counters, gauges, histograms } from './metric-definitions.ts'
import { createQueueProbe, type DepthSource } from './queue-probe.ts'

/** What one engine's loop tells of itself. */
export interface Meters {
  readonly ended: (job: EndedJob) => void
  readonly engineDied: (code: FailureCode) => void
  readonly selfTested: (outcome: 'passed' | 'failed') => void
  readonly stalled: () => void
  /** Asked at each scrape from now on. */
  readonly watch: (engine: WatchedEngine) => void
}

export interface EndedJob {
  readonly claim: Claim
  readonly ended: Ended
  readonly facts: JobFacts
  /** From its claim on. */
  readonly seconds: number
}

export interface WatchedEngine {
  readonly report: () => HealthReport
  readonly pid: () => number | undefined
}

export interface Metrics extends Disposable {
  /** @param gpu as nvidia-smi numbers it; undefined for an engine on what the environment lets it see. */
  readonly engine: (gpu: number | undefined) => Meters
  readonly watchQueue: (queue: DepthSource & FleetSource) => void
  /** In Prometheus' text format. Takes no longer than a second or two, whoever does not answer. */
  readonly scrape: () => Promise<Scrape>
}

export interface Scrape {
  readonly contentType: string
  readonly text: string
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const instruments = instrumentsIn(registry)
  const watched = new Map<string, WatchedEngine>()
  const delay = createEventLoopDelay()
  const memory = createMemoryProbe()
  let queue: ReturnType<typeof createQueueProbe> | undefined
  let fleetOf: ReturnType<typeof createFleetProbe> | undefined
  return {
    engine: (gpu) => metersOf(nameOf(gpu), instruments, watched),
    watchQueue(source) {
      queue = createQueueProbe(source)
      fleetOf = createFleetProbe(source)
    },
    async scrape() {
      const engines = [...watched].map(([gpu, { report, pid }]) => {
        return { gpu, report: report(), pid: pid() }
      })
      const asked = queue?.()
      const [depth, fleet, found] = await Promise.all([
        asked,
        fleetOf && asked?.then(fleetOf),
        memory(engines),
      ])
      setQueue(instruments, depth)
      setFleet(instruments, fleet)
      setEngines(instruments, engines)
      for (const each of [instruments.resident, instruments.gpuMemory]) each.reset()
      for (const { process, gpu, bytes } of found.resident) {
        instruments.resident.set({ process, gpu }, bytes)
      }
      for (const { gpu, state, bytes } of found.gpus) {
        instruments.gpuMemory.set({ gpu, state }, bytes)
      }
      for (const { quantile, seconds } of delay.since()) {
        instruments.eventLoopDelay.set({ quantile }, seconds)
      }
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    [Symbol.dispose]: delay[Symbol.dispose],
  }
}

/** A label must have a value. */
const nameOf = (gpu: number | undefined): string => (gpu === undefined ? 'default' : String(gpu))

function instrumentsIn(registry: Registry) {
  const registers = [registry]
  const counter = <L extends string>(given: Defined<L>) => new Counter({ ...given, registers })
  const gauge = <L extends string>(given: Defined<L>) => new Gauge({ ...given, registers })
  const histogram = <L extends string>(given: Defined<L> & { readonly buckets: number[] }) =>
    new Histogram({ ...given, registers })
  return {
    jobs: counter(counters.jobs),
    images: counter(counters.images),
    evaluations: counter(counters.evaluations),
    engineDeaths: counter(counters.engineDeaths),
    selfTests: counter(counters.selfTests),
    enhancements: counter(counters.enhancements),
    stalledJobs: counter(counters.stalledJobs),
    stages: histogram(histograms.stages),
    whole: histogram(histograms.whole),
    queueWait: histogram(histograms.queueWait),
    enhancement: histogram(histograms.enhancement),
    queueUp: gauge(gauges.queueUp),
    queueJobs: gauge(gauges.queueJobs),
    queueAge: gauge(gauges.queueAge),
    engines: gauge(gauges.engines),
    waitSeconds: gauge(gauges.waitSeconds),
    owedCallbacks: gauge(gauges.owedCallbacks),
    state: gauge(gauges.state),
    enhancing: gauge(gauges.enhancing),
    heldJobs: gauge(gauges.heldJobs),
    heldSeconds: gauge(gauges.heldSeconds),
    service: gauge(gauges.service),
    evaluationRate: gauge(gauges.evaluationRate),
    resident: gauge(gauges.resident),
    gpuMemory: gauge(gauges.gpuMemory),
    eventLoopDelay: gauge(gauges.eventLoopDelay),
    info: gauge(gauges.info),
  }
}

interface Defined<L extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly L[]
}

type Instruments = ReturnType<typeof instrumentsIn>

function metersOf(gpu: string, to: Instruments, watched: Map<string, WatchedEngine>): Meters {
  return {
    engineDied: (code) => to.engineDeaths.inc({ gpu, code }),
    selfTested: (outcome) => to.selfTests.inc({ gpu, outcome }),
    stalled: () => to.stalledJobs.inc({ gpu }),
    watch(engine) {
      watched.set(gpu, engine)
    },
    ended({ claim, ended, facts, seconds }) {
      const { mode = 'none', work, pushedAt, evaluations = 0, stages = {}, enhancement } = facts
      const { outcome, code = 'none' } = ended
      to.jobs.inc({ mode, outcome, code })
      for (const [stage, took] of Object.entries(stages)) {
        // A stage that the job did not have took nothing.
        if (took > 0) to.stages.observe({ stage, mode }, took / 1_000)
      }
      if (enhancement) {
        const { source, fallback = 'none', ms } = enhancement
        to.enhancements.inc({ source, fallback })
        // Where nobody was asked it took nothing.
        if (ms > 0) to.enhancement.observe({ source }, ms / 1_000)
      }
      // Later claims waited for other reasons than the queue's length.
      const isFirst = claim.attempts === 0 && claim.stalls === 0
      if (isFirst && pushedAt !== undefined) {
        to.queueWait.observe({ mode }, Math.max(0, claim.startedAt - pushedAt) / 1_000)
      }
      const { denoise = 0 } = stages
      if (evaluations > 0) to.evaluations.inc({ gpu }, evaluations)
      if (denoise > 0) to.evaluationRate.set({ gpu }, (1_000 * evaluations) / denoise)
      if (outcome !== 'completed') return
      to.whole.observe({ mode }, seconds)
      to.images.inc({ mode }, work?.images ?? 0)
    },
  }
}

type Depth = Awaited<ReturnType<ReturnType<typeof createQueueProbe>>>

/** What is not known is not told, rather than what was known before. */
function setQueue(to: Instruments, depth: Depth): void {
  to.queueUp.set(depth ? 1 : 0)
  for (const each of [to.queueAge, to.owedCallbacks]) each.remove()
  to.queueJobs.reset()
  if (!depth) return
  const { headAgeMs, owedCallbacks, ...jobs } = depth
  for (const [state, count] of Object.entries(jobs)) to.queueJobs.set({ state }, count)
  to.queueAge.set(headAgeMs / 1_000)
  to.owedCallbacks.set(owedCallbacks)
}

/** Where no engine takes jobs, or none has drawn any while some wait, no number of seconds is true. */
function setFleet(to: Instruments, fleet: Fleet | undefined): void {
  to.engines.reset()
  to.waitSeconds.remove()
  if (!fleet) return
  const { engines, workSeconds } = fleet
  for (const [state, count] of Object.entries(engines)) to.engines.set({ state }, count)
  const taking = engines.idle + engines.busy
  if (taking > 0 && workSeconds !== undefined) to.waitSeconds.set(workSeconds / taking)
}

function setEngines(
  to: Instruments,
  engines: readonly { readonly gpu: string; readonly report: HealthReport }[],
): void {
  for (const each of [to.state, to.service, to.info]) each.reset()
  for (const { gpu, report } of engines) {
    for (const state of workerStates) to.state.set({ gpu, state }, state === report.state ? 1 : 0)
    to.enhancing.set({ gpu }, report.enhancement?.available ? 1 : 0)
    to.heldJobs.set({ gpu }, report.inFlight)
    to.heldSeconds.set({ gpu }, report.heldSeconds)
    for (const { mode, size, seconds } of report.service) {
      to.service.set({ gpu, mode, size }, seconds)
    }
    const { version, device = 'unknown', checkpoint } = report
    to.info.set({ gpu, version, device, checkpoint }, 1)
  }
}
