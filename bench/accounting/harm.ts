/** Carries out the plan: kills workers and Redis, freezes workers, and spoils links, while the work goes on. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '#platform/redis/fault-proxy.case.ts'
import type { PrivateRedis } from '#platform/redis/test-server.case.ts'
import type { Crew } from './crew.ts'
import { freezes, linkFaults, redisKills, workerKills } from './plan.ts'

export interface Harmed {
  readonly crew: Crew
  readonly workers: number
  readonly server: PrivateRedis
  readonly links: readonly FaultProxy[]
  /** The share of all jobs that was delivered so far. */
  readonly share: () => number
  readonly note: (text: string) => void
}

/** @returns how many processes it killed: workers until `signal` is aborted, Redis three times. */
export async function harm(seed: number, harmed: Harmed, signal: AbortSignal): Promise<number> {
  const [workers, redis] = await Promise.all([
    killWorkers(seed, harmed, signal),
    killRedis(seed, harmed, signal),
    freezeWorkers(seed, harmed, signal),
    spoilLinks(seed, harmed, signal),
  ])
  return workers + redis
}

async function killWorkers(seed: number, harmed: Harmed, signal: AbortSignal): Promise<number> {
  let kills = 0
  for (const { afterMs, slot } of workerKills(seed, harmed.workers)) {
    if (!(await waited(afterMs, signal))) break
    if (await harmed.crew.kill(slot)) kills++
  }
  return kills
}

async function killRedis(seed: number, harmed: Harmed, signal: AbortSignal): Promise<number> {
  let kills = 0
  for (const { atShare, downMs } of redisKills(seed)) {
    while (harmed.share() < atShare) if (!(await waited(20, signal))) return kills
    await harmed.server.kill()
    kills++
    harmed.note(`Redis killed for ${downMs} ms`)
    await sleep(downMs)
    await harmed.server.restart()
    harmed.note('Redis back on its append-only file')
  }
  return kills
}

async function freezeWorkers(seed: number, harmed: Harmed, signal: AbortSignal): Promise<void> {
  for (const { afterMs, slot, forMs } of freezes(seed, harmed.workers)) {
    if (!(await waited(afterMs, signal))) return
    const thaw = harmed.crew.freeze(slot)
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
