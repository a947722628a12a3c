/** What the gateway counts and times, for Prometheus: in a registry of its own, asked at each scrape. */
import { Registry } from 'prom-client'
import type { FailureCode } from '#contract'
import type { Sql } from './database/database.ts'
import type { RequestMeter } from './http/observe.ts'
import { type Instruments, instrumentsIn } from './metrics/instruments.ts'
import { createBook, setBook } from './metrics/job-book.ts'
import type { RemoteProviderName } from './providers/provider.ts'
import type { RoutingView } from './routing/routing-view.ts'
import type { ProviderName } from './store/job-row.ts'

export interface GatewayMetrics {
  readonly requests: RequestMeter
  readonly decided: (provider: ProviderName | 'none', reason: string) => void
  readonly called: (call: ProviderCall) => void
  /** Asked at each scrape from now on. */
  readonly watch: (watched: Watched) => void
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>
}

export interface ProviderCall {
  readonly provider: RemoteProviderName
  readonly call: 'submit' | 'look' | 'cancel' | 'find'
  readonly seconds: number
  /** Of what it failed with. */
  readonly code?: FailureCode | undefined
}

export interface Watched {
  readonly sql: Sql
  readonly view: () => RoutingView
  readonly live: () => LiveCounts
}

/** What this process holds at this moment. */
export interface LiveCounts {
  readonly eventStreams: number
  readonly watchedJobs: number
  /** Attempts at other providers, each under a lease of this gateway's. */
  readonly attempts: number
}

export function createMetrics(): GatewayMetrics {
  const registry = new Registry()
  const to = instrumentsIn(registry)
  let watched: Watched | undefined
  const book = createBook()
  return {
    requests: {
      answered({ method, route, status, seconds }) {
        to.requests.inc({ method, route, status })
        to.requestSeconds.observe({ method, route }, seconds)
      },
    },
    decided: (provider, reason) => to.decisions.inc({ provider, reason }),
    called({ provider, call, seconds, code }) {
      to.providerSeconds.observe({ provider, call }, seconds)
      if (code !== undefined) to.providerErrors.inc({ provider, call, code })
    },
    watch(given) {
      watched = given
    },
    async scrape() {
      if (watched) {
        setStandings(to, watched.view())
        setLive(to, watched.live())
        setBook(to, await book(watched.sql))
      }
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

const states = ['closed', 'open', 'half-open'] as const

function setStandings(to: Instruments, { local, providers }: RoutingView): void {
  to.workers.set(local.live)
  to.waiting.set(local.waiting)
  to.waitSeconds.set(local.waitSeconds)
  const held = local.workers.reduce((sum, { inFlight = 0 }) => sum + inFlight, 0)
  to.leases.set({ holder: 'worker' }, held)
  const all = [{ name: 'local-sdxl', breaker: local.breaker }, ...providers]
  for (const { name, breaker } of all) {
    for (const state of states) to.breaker.set({ provider: name, state }, state === breaker ? 1 : 0)
  }
}

function setLive(to: Instruments, { eventStreams, watchedJobs, attempts }: LiveCounts): void {
  to.eventStreams.set(eventStreams)
  to.watchedJobs.set(watchedJobs)
  to.leases.set({ holder: 'gateway' }, attempts)
}
