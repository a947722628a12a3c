/** The gateway's counters, gauges and histograms, each with what it says. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export function instrumentsIn(registry: Registry) {
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
    waiting: gauge('i2i_gateway_waiting', [], 'Jobs that no worker of ours has taken yet.'),
    waitSeconds: gauge('i2i_gateway_wait_seconds', [], 'Until a new job would begin.'),
    leases: gauge(
      'i2i_gateway_leases',
      ['holder'],
      'Jobs in somebody’s hands: of our workers, or of this gateway at other providers.',
    ),
    eventStreams: gauge('i2i_gateway_event_streams', [], 'Open here.'),
    watchedJobs: gauge('i2i_gateway_watched_jobs', [], 'Jobs that somebody here waits for.'),
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

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
const SLOW = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type Instruments = ReturnType<typeof instrumentsIn>
