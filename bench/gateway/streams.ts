/** Two thousand event streams, held open: what they take of memory and processor, and how late they tell. */
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { memory } from '../measure/process-costs.ts'
import { median } from '../measure/statistics.ts'
import { quantile } from '../queue/quantile.ts'
import { liveHeapMb } from './live-heap.ts'
import { loadWithPosts } from './load.ts'
import { openProcess } from './open-process.ts'
import { between, processorTime } from './processor-time.ts'
import type { Stage } from './stage.ts'
import { type StreamsFound, streamsFound } from './streams-task.ts'
import { nowMs, toldSchema } from './workers-task.ts'

export interface Streams {
  readonly opened: number
  readonly openMs: number
  readonly ended: number
  readonly lost: number
  readonly eventsPerSecond: number
  /** From when a worker told how far it is to when the client heard of it. */
  readonly progress: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number }
  /** Anonymous memory of the gateway before any stream, and in the middle of the time that all were open. */
  readonly memoryMb: { readonly before: number; readonly held: number }
  /** Of what is no garbage, from when all were open to when they had been for long. */
  readonly growthMb: number
  /** Of one processor. */
  readonly processorShare: number
  readonly raw: {
    readonly seconds: readonly number[]
    readonly memoryMb: readonly number[]
    readonly heapMb: readonly number[]
  }
}

/** Each has one job at a time: nearly all that is listened to waits in line, and hears of each place that it gains. */
const WORKERS = { workers: 4, takesMs: 20_000, progressMs: 500 } as const
const POSTS_PER_SECOND = 400
const SAMPLE_MS = 500

export async function holdStreams(
  stage: Stage,
  { streams, seconds }: { readonly streams: number; readonly seconds: number },
): Promise<Streams> {
  const { jobs } = await loadWithPosts(stage, {
    rate: POSTS_PER_SECOND,
    // Arrivals are random: a tenth more than are listened to.
    seconds: (1.1 * streams) / POSTS_PER_SECOND,
  })
  const file = stage.file('streams.json')
  await writeFile(file, JSON.stringify(jobs.slice(0, streams)))
  const { inspector } = stage
  if (inspector === undefined) throw new Error('the gateway was opened without its inspector')
  const before = memory(stage.pid).anonymousMb
  await using workers = await stage.workers(WORKERS)
  const done = new AbortController()
  const sampling = sample(stage.pid, done.signal)
  const { origin, callers } = stage
  const listening = openProcess({
    script: new URL('streams-once.ts', import.meta.url),
    task: { origin, callers, jobs: file },
    file: stage.file('streams.log'),
    readyAt: /open/,
  })
  await using clients = await listening
  const heldFrom = nowMs()
  const heapMb = [await liveHeapMb(inspector)]
  await delay(seconds * 1_000)
  heapMb.push(await liveHeapMb(inspector))
  const heldUntil = nowMs()
  done.abort()
  await clients.end()
  const found = streamsFound.parse(JSON.parse(clients.said().trim().split('\n').at(-1) ?? ''))
  const beside = { samples: await sampling, said: workers.said(), before, heapMb }
  return summaryOf(found, { ...beside, heldFrom, heldUntil })
}

interface Sample {
  readonly at: number
  readonly memoryMb: number
  readonly processorSeconds: number
}

async function sample(pid: number, signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  const first = processorTime(pid)
  while (!signal.aborted) {
    const { gateway } = between(first, processorTime(pid))
    const { anonymousMb } = memory(pid)
    samples.push({ at: nowMs(), memoryMb: anonymousMb, processorSeconds: gateway })
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => {})
  }
  return samples
}

interface Beside {
  readonly samples: readonly Sample[]
  /** By the workers. */
  readonly said: string
  readonly before: number
  /** At the beginning, and at the end. */
  readonly heapMb: readonly number[]
  /** Milliseconds since 1970. */
  readonly heldFrom: number
  readonly heldUntil: number
}

function summaryOf(found: StreamsFound, beside: Beside): Streams {
  const { samples, said, before, heapMb, heldFrom, heldUntil } = beside
  const held = samples.filter(({ at }) => at >= heldFrom && at <= heldUntil)
  const [first, last] = [held[0], held.at(-1)]
  if (!first || !last) throw new Error('nothing was sampled while the streams were open')
  const seconds = held.map(({ at }) => (at - first.at) / 1_000)
  const memoryMb = held.map((each) => each.memoryMb)
  const latency = latencyOf(found, said)
  return {
    ...{ opened: found.opened, openMs: found.openMs, ended: found.ended, lost: found.lost },
    eventsPerSecond: (1_000 * found.events) / (heldUntil - heldFrom + found.openMs),
    progress: {
      count: latency.length,
      p50Ms: quantile(latency, 0.5),
      p99Ms: quantile(latency, 0.99),
    },
    memoryMb: { before, held: median(memoryMb) },
    growthMb: (heapMb[1] ?? Number.NaN) - (heapMb[0] ?? Number.NaN),
    processorShare:
      (1_000 * (last.processorSeconds - first.processorSeconds)) / (last.at - first.at),
    raw: { seconds, memoryMb, heapMb },
  }
}

function latencyOf({ progress }: StreamsFound, said: string): number[] {
  const told = new Map(
    said
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => toldSchema.parse(JSON.parse(line)))
      .map(({ id, step, at }) => [`${id} ${step}`, at]),
  )
  return progress.flatMap(({ id, step, at }) => {
    const from = told.get(`${id} ${step}`)
    return from === undefined ? [] : [at - from]
  })
}
