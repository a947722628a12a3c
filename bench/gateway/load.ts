/** Requests from a process of their own, and what each cost the gateway and its stores. */
import { writeFile } from 'node:fs/promises'
import { freshProcess } from '../measure/fresh-process.ts'
import { quantile } from '../queue/quantile.ts'
import { type Jobs, type LoadFound, type LoadTask, loadFound } from './load-task.ts'
import { between, type ProcessorTime, processorTime } from './processor-time.ts'
import type { Stage } from './stage.ts'

export interface Load {
  readonly answered: number
  readonly errors: Readonly<Record<string, number>>
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly mostMs: number
  /** How much later than due requests were sent; of posts alone. */
  readonly latePerRequest?: { readonly p50Ms: number; readonly p99Ms: number }
  /** Between two turns of the generator's event loop. */
  readonly generatorGapMs: { readonly p99: number; readonly most: number }
  /** Milliseconds of processors for each request that was answered. */
  readonly cost: Cost
  /** Requests a second at which the gateway's process would use a processor up. */
  readonly impliedPerSecond: number
}

export interface Cost {
  readonly gatewayMs: number
  readonly postgresMs: number
  readonly redisMs: number
  readonly generatorMs: number
  /** For which the gateway's main thread was ready, and others had the processors. */
  readonly gatewayWaitedMs: number
}

const CONNECTIONS = 64

/** A rate is kept whatever the answers are. @returns also the jobs that it made. */
export async function loadWithPosts(
  stage: Stage,
  given: { readonly rate: number; readonly seconds: number },
): Promise<{ readonly load: Load; readonly jobs: Jobs }> {
  const { found, used } = await load(stage, { kind: 'posts', ...given })
  const { lateMs } = found
  const latePerRequest = { p50Ms: quantile(lateMs, 0.5), p99Ms: quantile(lateMs, 0.99) }
  return { load: { ...summaryOf(found, used), latePerRequest }, jobs: found.jobs }
}

/** As many as are answered. */
export async function loadWithReads(
  stage: Stage,
  { jobs, seconds }: { readonly jobs: Jobs; readonly seconds: number },
): Promise<Load> {
  const file = stage.file('jobs.json')
  await writeFile(file, JSON.stringify(jobs))
  const { found, used } = await load(stage, { kind: 'reads', seconds, jobs: file })
  return summaryOf(found, used)
}

type Given = LoadTask extends infer Task
  ? Task extends LoadTask
    ? Omit<Task, 'origin' | 'callers' | 'connections'>
    : never
  : never

async function load({ origin, callers, pid }: Stage, given: Given) {
  const task = { ...given, origin, callers, connections: CONNECTIONS }
  const before = processorTime(pid)
  const script = new URL('load-once.ts', import.meta.url)
  const found = await freshProcess({ script, task, found: loadFound })
  return { found, used: between(before, processorTime(pid)) }
}

function summaryOf(found: LoadFound, used: ProcessorTime): Load {
  const { answered, errors, tookMs, latencyMs, processorSeconds } = found
  const each = (seconds: number) => (1_000 * seconds) / answered
  const at = (share: number) => (answered === 0 ? Number.NaN : quantile(latencyMs, share))
  const gatewayMs = each(used.gateway)
  return {
    ...{ answered, errors, perSecond: (1_000 * answered) / tookMs },
    generatorGapMs: found.gapMs,
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), mostMs: at(1) },
    cost: {
      ...{ gatewayMs, postgresMs: each(used.postgres), redisMs: each(used.redis) },
      ...{ generatorMs: each(processorSeconds), gatewayWaitedMs: each(used.gatewayWaited) },
    },
    impliedPerSecond: 1_000 / gatewayMs,
  }
}
