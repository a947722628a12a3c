/** All stations of a daemon: they load side by side and share one queue, and are looked at as one worker. */
import type { Log } from '#platform/log.ts'
import { unlessAborted } from '#worker/engine/unless-aborted.ts'
import type { WorkerState } from './health.ts'
import type { Quarantine } from './loop/quarantine.ts'
import type { Metrics } from './metrics/metrics.ts'
import {
  type Loaded,
  type OpenEngine,
  openStation,
  type ServeOptions,
  type Station,
} from './station.ts'
import { wholeState } from './whole-state.ts'

export interface StationsOptions {
  /** One each; undefined for one on whatever GPU the environment lets it see. */
  readonly gpus: readonly (number | undefined)[]
  readonly openEngine: OpenEngine
  readonly log: Log
  readonly metrics?: Metrics | undefined
  /** Gives each its own, where other limits are wanted than usual. */
  readonly newQuarantine?: () => Quarantine
}

export interface Stations extends AsyncDisposable {
  readonly state: () => WorkerState
  /** Resolves with the first that can draw. Where none can, rejects with what keeps the first of them. */
  readonly load: () => Promise<Loaded>
  /** After `load`: each takes jobs from when it can draw until it is told to drain. `overrun` where any did. */
  readonly serve: (options: ServeOptions) => Promise<'drained' | 'overrun'>
}

export function openStations(options: StationsOptions): Stations {
  const { gpus, openEngine, log, metrics, newQuarantine } = options
  const stations = gpus.map((gpu) => {
    const [meters, quarantine] = [metrics?.engine(gpu), newQuarantine?.()]
    return openStation({ gpu, openEngine, log, meters, quarantine })
  })
  let loads: readonly Promise<unknown>[] = []
  return {
    state: () => wholeState(stations.map(({ state }) => state())),
    async load() {
      const loading = stations.map(({ load }) => load())
      loads = loading
      return await Promise.any(loading).catch((error) => {
        throw error instanceof AggregateError ? error.errors[0] : error
      })
    },
    async serve(options) {
      const outcomes = await Promise.all(
        stations.map((station, i) => serveOnceLoaded(station, loads[i], options)),
      )
      return outcomes.includes('overrun') ? 'overrun' : 'drained'
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stations.map((station) => station[Symbol.asyncDispose]()))
    },
  }
}

async function serveOnceLoaded(
  station: Station,
  load: Promise<unknown> | undefined,
  options: ServeOptions,
): Promise<'drained' | 'overrun'> {
  const { drain } = options
  // One that does not load begins in quarantine.
  await unlessAborted(Promise.resolve(load), drain).catch(() => {})
  return drain.aborted ? 'drained' : await station.serve(options)
}
