/** Carries out the plan: kills and freezes processes, kills servers, and spoils links, while the work goes on. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '#platform/redis/fault-proxy.case.ts'
import type { PrivateRedis } from '#platform/redis/test-server.case.ts'
import type { Gateways } from './gateways.ts'
import {
  emptyingAt,
  type Freeze,
  freezes,
  gatewayKills,
  type Kill,
  linkFaults,
  type ServerKill,
  serverKills,
  workerKills,
} from './plan.ts'
import type { Processes } from './processes.ts'

export interface Harmed {
  readonly crew: Processes
  readonly workers: number
  readonly server: PrivateRedis
  readonly links: readonly FaultProxy[]
  readonly gateways?: HarmedGateways | undefined
  /** The share of all jobs that was delivered so far. */
  readonly share: () => number
  readonly note: (text: string) => void
}

export interface HarmedGateways
  extends Pick<Gateways, 'processes' | 'slots' | 'postgres' | 'redis'> {
  /** Whether Redis is emptied once. */
  readonly empties: boolean
}

/** SIGKILLs, of each kind. */
export interface Kills {
  readonly workers: number
  readonly redis: number
  readonly gateways: number
  readonly database: number
}

/** Processes are killed until `signal` is aborted, servers three times. */
export async function harm(seed: number, harmed: Harmed, signal: AbortSignal): Promise<Kills> {
  const { crew, workers: slots, server, gateways } = harmed
  const those = gateways && { ...harmed, server: gateways.postgres }
  const [workers, redis, ofGateways = 0, database = 0] = await Promise.all([
    killProcesses(workerKills(seed, slots), crew, signal),
    killServer('Redis', { plan: serverKills(seed, 'redis'), ...harmed, server }, signal),
    gateways && killProcesses(gatewayKills(seed, gateways.slots), gateways.processes, signal),
    those && killServer('Postgres', { plan: serverKills(seed, 'database'), ...those }, signal),
    freezeProcesses(freezes(seed, slots), crew, signal),
    gateways &&
      freezeProcesses(freezes(seed, gateways.slots, 'gateway-freezes'), gateways.processes, signal),
    gateways?.empties && emptyRedis(seed, { ...harmed, redis: gateways.redis }, signal),
    spoilLinks(seed, harmed, signal),
  ])
  return { workers, redis, gateways: ofGateways, database }
}

async function killProcesses(
  plan: Generator<Kill>,
  { kill }: Processes,
  signal: AbortSignal,
): Promise<number> {
  let kills = 0
  for (const { afterMs, slot } of plan) {
    if (!(await waited(afterMs, signal))) break
    if (await kill(slot)) kills++
  }
  return kills
}

async function killServer(
  name: string,
  {
    plan,
    server,
    share,
    note,
  }: Pick<Harmed, 'share' | 'note'> & {
    readonly plan: readonly ServerKill[]
    readonly server: Pick<PrivateRedis, 'kill' | 'restart'>
  },
  signal: AbortSignal,
): Promise<number> {
  let kills = 0
  for (const { atShare, downMs } of plan) {
    while (share() < atShare) if (!(await waited(20, signal))) return kills
    await server.kill()
    kills++
    note(`${name} killed for ${downMs} ms`)
    await sleep(downMs)
    await server.restart()
    note(`${name} back on what it had written`)
  }
  return kills
}

/** As one does who takes it for a cache. */
async function emptyRedis(
  seed: number,
  { share, note, redis }: Pick<Harmed, 'share' | 'note'> & Pick<Gateways, 'redis'>,
  signal: AbortSignal,
): Promise<void> {
  while (share() < emptyingAt(seed)) if (!(await waited(20, signal))) return
  // It may just be away.
  while (!(await redis.call('FLUSHALL').then(Boolean, () => false))) await sleep(50)
  note('Redis emptied')
}

async function freezeProcesses(
  plan: Generator<Freeze>,
  { freeze }: Processes,
  signal: AbortSignal,
): Promise<void> {
  for (const { afterMs, slot, forMs } of plan) {
    if (!(await waited(afterMs, signal))) return
    const thaw = freeze(slot)
    await waited(forMs, signal)
    thaw()
  }
}

async function spoilLinks(seed: number, harmed: Harmed, signal: AbortSignal): Promise<void> {
  for (const { afterMs, link, fault, forMs } of linkFaults(seed, harmed.links.length)) {
    if (!(await waited(afterMs, signal))) return
    const proxy = harmed.links[link]
    proxy?.set(fault)
    await waited(forMs, signal)
    proxy?.set('pass')
    // What was swallowed left gaps in the stream, which no network does to a connection that goes on.
    proxy?.cutConnections()
  }
}

/** False once the signal is aborted. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false)
}
