/** What the protocol costs a job, and how many jobs a second it bears, with BullMQ in turns beside it. */
import { privateRedis } from '#platform/redis/test-server.case.ts'
import { alternate } from '../measure/alternate.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { median } from '../measure/statistics.ts'
import { columns, optional } from '../measure/table.ts'
import { type ProtocolFound, type ProtocolTask, protocolFound } from './protocol-task.ts'
import { quantile } from './quantile.ts'
import { REDIS } from './redis-settings.ts'

export interface ProtocolOptions {
  readonly jobs: number
  readonly rounds: number
}

/** Alone, a job waits for nothing but its own commands; together, they show what Redis and one process bear. */
export const crews = { alone: 1, together: 16 } as const
const sides = { ours: 'queue-once.ts', bullmq: 'bullmq-once.ts' } as const
type Crew = keyof typeof crews
type Side = keyof typeof sides

const subjects = [
  { side: 'ours', crew: 'alone' },
  { side: 'bullmq', crew: 'alone' },
  { side: 'ours', crew: 'together' },
  { side: 'bullmq', crew: 'together' },
] as const

export async function measureProtocol(
  { jobs, rounds }: ProtocolOptions,
  print: (line: string) => void,
) {
  const raw: Record<Side, Record<Crew, Quantiles[]>> = {
    ours: { alone: [], together: [] },
    bullmq: { alone: [], together: [] },
  }
  for (const { side, crew } of alternate(subjects, rounds)) {
    raw[side][crew].push(quantiles(await once(side, { jobs, workers: crews[crew] }), jobs))
  }
  const of = (side: Side) => ({
    alone: summaryOf(raw[side].alone),
    together: summaryOf(raw[side].together),
  })
  const summary = { ours: of('ours'), bullmq: of('bullmq') }
  for (const line of table(summary)) print(line)
  return { summary, raw }
}

/** On a Redis that holds nothing of the round before. */
async function once(side: Side, task: Omit<ProtocolTask, 'redis'>): Promise<ProtocolFound> {
  await using server = await privateRedis(...REDIS)
  const script = new URL(sides[side], import.meta.url)
  // Not the promise alone, which would end Redis before the process does.
  return await freshProcess({ script, task: { ...task, redis: server.url }, found: protocolFound })
}

function table(summary: Readonly<Record<Side, Readonly<Record<Crew, ProtocolSummary>>>>): string[] {
  const ms = (value: number | undefined) => optional(value, (known) => `${known.toFixed(2)} ms`)
  const rows = subjects.map(({ side, crew }) => {
    const { p50Ms, p99Ms, addedP50Ms, jobsPerSecond } = summary[side][crew]
    const who = side === 'ours' ? 'ours' : 'BullMQ'
    return [
      `${who}, ${crews[crew]} at a time`,
      ...[ms(p50Ms), ms(p99Ms), ms(crew === 'alone' ? addedP50Ms : undefined)],
      jobsPerSecond.toFixed(0),
    ]
  })
  return columns([
    ['jobs that are no work', 'claim and finish', 'p99', 'add to completed', 'jobs a second'],
    ...rows,
  ])
}

type Quantiles = ReturnType<typeof quantiles>

/** Thousands of timings a round say no more than these. */
function quantiles({ tookMs, addedMs, overheadMs, pingMs }: ProtocolFound, jobs: number) {
  return {
    jobsPerSecond: (1000 * jobs) / tookMs,
    addedP50Ms: quantile(addedMs, 0.5),
    ...(overheadMs && {
      p50Ms: quantile(overheadMs, 0.5),
      p99Ms: quantile(overheadMs, 0.99),
    }),
    ...(pingMs !== undefined && { pingMs }),
  }
}

export interface ProtocolSummary {
  readonly jobsPerSecond: number
  readonly addedP50Ms: number
  /** Of ours: BullMQ ends a job and fetches the next in one command. */
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly pingMs?: number
}

function summaryOf(rounds: readonly Quantiles[]): ProtocolSummary {
  const of = (name: keyof Quantiles) => {
    const values = rounds.flatMap((round) => round[name] ?? [])
    return values.length > 0 ? { [name]: median(values) } : {}
  }
  return {
    jobsPerSecond: median(rounds.map(({ jobsPerSecond }) => jobsPerSecond)),
    addedP50Ms: median(rounds.map(({ addedP50Ms }) => addedP50Ms)),
    ...of('p50Ms'),
    ...of('p99Ms'),
    ...of('pingMs'),
  }
}
