/** Bench `queue`: what the protocol costs a job, and how many jobs a second it bears, on a Redis of its own. */
import { privateRedis } from '#platform/redis/test-server.case.ts'
import { freshProcess } from '../measure/fresh-process.ts'
import { begin, keepResults } from '../measure/results.ts'
import { median } from '../measure/statistics.ts'
import { columns } from '../measure/table.ts'
import { type QueueFound, type QueueTask, queueFound } from './queue-task.ts'

export interface QueueBenchOptions {
  readonly jobs: number
  readonly rounds: number
}

const MOST_OVERHEAD_MS = 5
const LEAST_A_SECOND = 3_000

/** Alone, a job waits for nothing but its own commands; together, they show what Redis and one process bear. */
const crews = { alone: 1, together: 16 } as const
type Crew = keyof typeof crews

/** Prints a table; the last line is one JSON object. Whether the gate holds. */
export async function benchQueue(
  { jobs, rounds }: QueueBenchOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const raw: Record<Crew, QueueFound[]> = { alone: [], together: [] }
  for (let round = 0; round < rounds; round++) {
    for (const crew of ['alone', 'together'] as const) raw[crew].push(await once(jobs, crews[crew]))
  }

  const [alone, together] = [summaryOf(raw.alone), summaryOf(raw.together)]
  const verdict =
    alone.p50Ms <= MOST_OVERHEAD_MS && together.jobsPerSecond >= LEAST_A_SECOND ? 'PASS' : 'FAIL'
  const row = (name: string, { p50Ms, p99Ms, jobsPerSecond, pingMs }: QueueSummary) => [
    name,
    ...[p50Ms, p99Ms, pingMs].map((ms) => `${ms.toFixed(2)} ms`),
    jobsPerSecond.toFixed(0),
  ]
  const table = columns([
    ['claim and finish of jobs that are no work', 'p50', 'p99', 'a PING', 'jobs a second'],
    row('one worker', alone),
    row(`${crews.together} workers in one process`, together),
  ])
  for (const line of table) print(line)
  const path = await keepResults('queue', circumstances, {
    redis: REDIS.join(' '),
    jobs,
    workers: crews,
    gate: { mostOverheadMs: MOST_OVERHEAD_MS, leastJobsPerSecond: LEAST_A_SECOND },
    summary: { alone, together },
    verdict,
    // Thousands of timings a round say no more than their quantiles.
    raw: { alone: raw.alone.map(quantiles), together: raw.together.map(quantiles) },
  })
  const found = { overheadMs: rounded(alone.p50Ms), jobsPerSecond: rounded(together.jobsPerSecond) }
  print(JSON.stringify({ bench: 'queue', verdict, ...found, results: path }))
  return verdict === 'PASS'
}

/** As an operator is told to set it. */
const REDIS = ['--appendonly', 'yes', '--appendfsync', 'everysec']

/** On a Redis that holds nothing of the round before. */
async function once(jobs: number, workers: number): Promise<QueueFound> {
  await using server = await privateRedis(...REDIS)
  const task: QueueTask = { redis: server.url, jobs, workers }
  const script = new URL('queue-once.ts', import.meta.url)
  // Not the promise alone, which would end Redis before the process does.
  return await freshProcess({ script, task, found: queueFound })
}

type QueueSummary = ReturnType<typeof quantiles>

function summaryOf(rounds: readonly QueueFound[]): QueueSummary {
  const each = rounds.map(quantiles)
  return {
    p50Ms: median(each.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(each.map(({ p99Ms }) => p99Ms)),
    jobsPerSecond: median(each.map(({ jobsPerSecond }) => jobsPerSecond)),
    pingMs: median(each.map(({ pingMs }) => pingMs)),
  }
}

function quantiles({ overheadMs, tookMs, pingMs }: QueueFound) {
  const sorted = overheadMs.toSorted((a, b) => a - b)
  return {
    p50Ms: median(sorted),
    p99Ms: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? Number.NaN,
    jobsPerSecond: (1000 * sorted.length) / tookMs,
    pingMs,
  }
}

const rounded = (value: number): number => Number(value.toPrecision(3))
