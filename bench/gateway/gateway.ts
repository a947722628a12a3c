/** Bench `gateway`: requests at rates that are kept, reads, and event streams, on Postgres and on PGlite. */
import { resolve } from 'node:path'
import { packageVersion } from '../measure/machine.ts'
import { begin, keepResults } from '../measure/results.ts'
import { REDIS } from '../queue/redis-settings.ts'
import { CALLERS } from './callers.ts'
import { gates } from './gates.ts'
import { type Load, loadWithPosts, loadWithReads } from './load.ts'
import { onStage, POSTGRES, type Stage, type Store } from './stage.ts'
import { holdStreams } from './streams.ts'
import { loadTable, streamsLines } from './tables.ts'

export interface GatewayBenchOptions {
  readonly stores: readonly Store[]
  /** Requests a second. */
  readonly rates: readonly number[]
  /** Of each rate, and of reads. */
  readonly seconds: number
  readonly streams: number
  readonly streamSeconds: number
  /** A folder, where the gateway's processor profiles are wanted. */
  readonly profile: string | undefined
}

export interface StoreFound {
  readonly serverVersion: string
  readonly posts: readonly (Load & { readonly rate: number })[]
  readonly reads: Load
}

/** Takes and finishes a job now and then, as a GPU does: what is asked for at such rates mostly waits. */
const WORKER = { workers: 1, takesMs: 2_000, progressMs: 500 } as const
/** Until V8 has compiled what is called often. */
const WARM_UP = { rate: 400, seconds: 6 } as const

/** Prints tables; the last line is one JSON object. Whether the gates hold: those of streams, for what a second holds is a goal. */
export async function benchGateway(
  options: GatewayBenchOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const circumstances = begin()
  const profile = options.profile === undefined ? undefined : resolve(options.profile)
  const found: Partial<Record<Store, StoreFound>> = {}
  for (const store of options.stores) {
    print(`on ${store}`)
    found[store] = await onStage({ store, profile }, (stage) => loadStage(stage, options))
    for (const line of loadTable(found[store])) print(line)
    print('')
  }
  const { streams: most, streamSeconds: seconds } = options
  const store = options.stores[0] ?? 'postgres'
  const streams = await onStage({ store, profile, inspect: true }, (stage) =>
    holdStreams(stage, { streams: most, seconds }),
  )
  for (const line of streamsLines(streams)) print(line)

  const { postgres } = found
  const p99Ms = postgres?.posts.find(({ rate }) => rate === gates.rate)?.p99Ms
  const readsPerSecond = postgres?.reads.perSecond
  const holds = {
    streams: streams.opened === most && streams.lost === 0,
    memory: streams.growthMb <= gates.mostGrowthMb,
  }
  const failed = Object.entries(holds).flatMap(([name, holds]) => (holds ? [] : [name]))
  const verdict = failed.length === 0 ? 'PASS' : 'FAIL'
  const path = await keepResults('gateway', circumstances, {
    peer: {
      pg: packageVersion('pg'),
      ioredis: packageVersion('ioredis'),
      undici: packageVersion('undici'),
    },
    redis: REDIS.join(' '),
    postgres: POSTGRES.join(' '),
    ...{ callers: CALLERS, worker: WORKER, seconds: options.seconds, gates },
    summary: { ...found, streams },
    ...{ verdict, failed },
  })
  const { growthMb } = streams
  const said = { p99Ms, readsPerSecond, streams: streams.opened, growthMb }
  print(JSON.stringify({ bench: 'gateway', verdict, failed, ...said, results: path }))
  return verdict === 'PASS'
}

async function loadStage(
  stage: Stage,
  { rates, seconds }: Pick<GatewayBenchOptions, 'rates' | 'seconds'>,
): Promise<StoreFound> {
  await using _workers = await stage.workers(WORKER)
  const { jobs } = await loadWithPosts(stage, WARM_UP)
  const posts: StoreFound['posts'][number][] = []
  for (const rate of rates) {
    const { load } = await loadWithPosts(stage, { rate, seconds })
    posts.push({ ...load, rate })
  }
  const reads = await loadWithReads(stage, { jobs, seconds })
  return { serverVersion: stage.serverVersion, posts, reads }
}
