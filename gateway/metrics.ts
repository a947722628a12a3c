/** What the gateway counts and times, for Prometheus: in a registry of its own, asked at each scrape. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { FailureCode } from '#contract'
import type { Sql } from './database/database.ts'
import type { RequestMeter } from './http/observe.ts'
import type { RemoteProviderName } from './providers/provider.ts'
import type { RoutingView } from './routing/routing-view.ts'
import { type ProviderName, providerNames } from './store/job-row.ts'

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
        setBook(to, await book(watched.sql))
      }
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
const SLOW = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

function instrumentsIn(registry: Registry) {
  const registers = [registry]
  const counter = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <L extends string>(name: string, labelNames: readonly L[], help: string) =>
    new Gauge({ name, help, labelNames, registers })
  const histogram = <L extends string>(
    name: string,
    labelNames: readonly L[],
    { help, buckets }: { readonly help: string; readonly buckets: number[] },
  ) => new Histogram({ name, help, labelNames, buckets, registers })
  return {
    requests: counter(
      'i2i_gateway_requests_total',
      ['method', 'route', 'status'],
      'Requests that were answered, by the pattern of their route.',
    ),
    requestSeconds: histogram('i2i_gateway_request_seconds', ['method', 'route'], {
      help: 'From the head of a request to its answer, waits that were asked for among it.',
      buckets: FAST,
    }),
    decisions: counter(
      'i2i_gateway_routing_total',
      ['provider', 'reason'],
      'Decisions about who does a job, and why; previews among them.',
    ),
    providerSeconds: histogram('i2i_gateway_provider_seconds', ['provider', 'call'], {
      help: 'Calls to a provider.',
      buckets: SLOW,
    }),
    providerErrors: counter(
      'i2i_gateway_provider_errors_total',
      ['provider', 'call', 'code'],
      'Calls to a provider that failed, by code of the failure.',
    ),
    breaker: gauge(
      'i2i_gateway_breaker_state',
      ['provider', 'state'],
      '1 for the state that the breaker of a provider is in.',
    ),
    workers: gauge('i2i_gateway_workers', [], 'Our workers that live and take jobs.'),
    databaseUp: gauge(
      'i2i_gateway_database_up',
      [],
      '1 where the database answered; else 0, and nothing is said of jobs and cost.',
    ),
    jobs: gauge('i2i_gateway_jobs', ['status', 'provider'], 'Jobs that are not over.'),
    takedowns: gauge(
      'i2i_takedowns_due',
      [],
      'Takedowns of which something is still kept: each is due within 48 hours.',
    ),
    cost: gauge(
      'i2i_gateway_cost_dollars',
      ['provider'],
      'What attempts that are still kept have cost, those that came to nothing among them.',
    ),
  }
}

type Instruments = ReturnType<typeof instrumentsIn>

const states = ['closed', 'open', 'half-open'] as const

function setStandings(to: Instruments, { local, providers }: RoutingView): void {
  to.workers.set(local.live)
  const all = [{ name: 'local-sdxl', breaker: local.breaker }, ...providers]
  for (const { name, breaker } of all) {
    for (const state of states) to.breaker.set({ provider: name, state }, state === breaker ? 1 : 0)
  }
}

interface Book {
  readonly jobs: readonly {
    readonly status: 'queued' | 'processing'
    readonly provider: ProviderName | null
    readonly count: number
  }[]
  readonly takedowns: number
  readonly costs: readonly { readonly provider: ProviderName; readonly dollars: number }[]
}

/** What is not known is not told, rather than what was known before. */
function setBook(to: Instruments, book: Book | undefined): void {
  to.databaseUp.set(book ? 1 : 0)
  to.jobs.reset()
  to.cost.reset()
  to.takedowns.set(book?.takedowns ?? Number.NaN)
  if (!book) return
  for (const provider of providerNames) {
    for (const status of ['queued', 'processing']) to.jobs.set({ status, provider }, 0)
  }
  for (const { status, provider, count } of book.jobs) {
    to.jobs.set({ status, provider: provider ?? 'none' }, count)
  }
  for (const { provider, dollars } of book.costs) to.cost.set({ provider }, dollars)
}

const FRESH_MS = 15_000

/** Reads the database no more often than is of use, however many scrape. */
function createBook(): (sql: Sql) => Promise<Book | undefined> {
  let read: Promise<Book | undefined> | undefined
  let readAt = Number.NEGATIVE_INFINITY
  return (sql) => {
    const now = performance.now()
    if (read === undefined || now - readAt > FRESH_MS) {
      readAt = now
      read = readBook(sql).catch(() => undefined)
    }
    return read
  }
}

async function readBook(sql: Sql): Promise<Book> {
  const jobs = await sql.query<Book['jobs'][number]>(
    `select status, provider, count(*)::int as count from i2i.jobs
     where status in ('queued', 'processing') group by 1, 2`,
  )
  const costs = await sql.query<Book['costs'][number]>(
    `select provider, (sum(cost_micros) / 1e6)::float8 as dollars from i2i.attempts
     where cost_micros is not null group by 1`,
  )
  const [due] = await sql.query<{ count: number }>(
    'select count(*)::int as count from i2i.takedowns where done_at is null',
  )
  return { jobs, costs, takedowns: due?.count ?? 0 }
}
