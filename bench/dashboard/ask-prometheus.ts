/** Prometheus' HTTP API, as far as drawing goes: https://prometheus.io/docs/prometheus/latest/querying/api/. */
import { z } from 'zod'
import { Failure, messageOf } from '#contract'
import { within } from '#platform/within.ts'

export interface Range {
  /** Seconds since 1970. */
  readonly from: number
  readonly to: number
  /** Seconds between two values. */
  readonly step: number
}

export interface Line {
  readonly labels: Readonly<Record<string, string>>
  /** One for each step from the first on; null where there is none. */
  readonly values: readonly (number | null)[]
}

export interface Prometheus {
  /** Of what it scrapes: the longest time between two looks, in seconds. */
  readonly scrapeSeconds: () => Promise<number>
  /** What its targets that do not answer say. */
  readonly down: () => Promise<readonly string[]>
  readonly query: (expr: string, range: Range) => Promise<readonly Line[]>
  /** Whether there was any series of that kind. */
  readonly hasSeries: (selector: string, range: Range) => Promise<boolean>
  /** Whether anybody who is scraped tells of the metric, be it without a value. */
  readonly isTold: (metric: string) => Promise<boolean>
}

const PATIENCE_MS = 30_000

const targets = z.object({
  activeTargets: z.array(
    z.object({
      scrapeUrl: z.string(),
      scrapeInterval: z.string(),
      health: z.string(),
      lastError: z.string(),
    }),
  ),
})
const matrix = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])),
    }),
  ),
})

/** Every verb throws `request-invalid` of what Prometheus says, or that it cannot be reached. */
export function openPrometheus(origin: string): Prometheus {
  const ask = async <T>(schema: z.ZodType<T>, path: string, query: Record<string, string>) => {
    const url = `${origin.replace(/\/+$/, '')}/api/v1/${path}?${new URLSearchParams(query)}`
    const answer = answered.parse(await reach(url, origin))
    if (answer.status !== 'success') {
      throw new Failure('request-invalid', `Prometheus does not take ${path}: ${answer.error}.`)
    }
    return schema.parse(answer.data)
  }
  const span = ({ from, to }: Range) => ({ start: `${from}`, end: `${to}` })
  return {
    async scrapeSeconds() {
      const { activeTargets } = await ask(targets, 'targets', { state: 'active' })
      if (activeTargets.length === 0) throw withoutTargets(origin)
      return Math.max(...activeTargets.map(({ scrapeInterval }) => secondsOf(scrapeInterval)))
    },
    async down() {
      const { activeTargets } = await ask(targets, 'targets', { state: 'active' })
      const those = activeTargets.filter(({ health }) => health === 'down')
      return those.map(({ scrapeUrl, lastError }) => `${scrapeUrl} (${lastError})`)
    },
    async query(expr, range) {
      const given = { query: expr, ...span(range), step: `${range.step}` }
      const { result } = await ask(matrix, 'query_range', given)
      return result.map(({ metric, values }) => ({ labels: metric, values: steady(values, range) }))
    },
    hasSeries: async (selector, range) =>
      (await ask(z.array(z.unknown()), 'series', { 'match[]': selector, ...span(range) })).length >
      0,
    isTold: async (metric) =>
      (await ask(z.array(z.unknown()), 'targets/metadata', { metric, limit: '1' })).length > 0,
  }
}

const answered = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), error: z.string() }),
])

async function reach(url: string, origin: string): Promise<unknown> {
  try {
    return await within(PATIENCE_MS, undefined, async (signal) =>
      (await fetch(url, { signal })).json(),
    )
  } catch (cause) {
    const why = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    const start = 'prometheus --config.file=ops/prometheus.yml --storage.tsdb.path=FOLDER'
    const message = `No Prometheus answers at ${origin} (${why}): start ${start}, or name yours by --prometheus.`
    throw new Failure('request-invalid', message, { cause })
  }
}

/** As Go writes durations: 1m30s. */
function secondsOf(text: string): number {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 }
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (units[unit] ?? 1),
    0,
  )
}

/** Prometheus leaves out steps that have no value, and writes NaN where nothing was divided by nothing. */
function steady(
  values: readonly (readonly [number, string])[],
  { from, to, step }: Range,
): (number | null)[] {
  const found: (number | null)[] = Array(Math.floor((to - from) / step) + 1).fill(null)
  for (const [at, text] of values) {
    const value = Number(text)
    if (Number.isFinite(value)) found[Math.round((at - from) / step)] = value
  }
  return found
}

const withoutTargets = (origin: string): Failure =>
  new Failure(
    'request-invalid',
    `The Prometheus at ${origin} scrapes nobody: give it ops/prometheus.yml with your workers and gateways in it.`,
  )
