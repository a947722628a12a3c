/** Producers as today's: each pushes to the list, and again until Redis has answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import { connectRedis, type RedisConnection } from '#platform/redis/connect.ts'
import { QUEUE } from './settings.ts'
import { jobId, todaysElement } from './todays-job.ts'

export interface Production {
  readonly redis: string
  readonly jobs: number
  readonly seed: number
  /** Filled with what Redis has answered for: it may forget none of these. */
  readonly acknowledged: Set<string>
  /** How many were delivered so far. */
  readonly delivered: () => number
  /** Ends it before all is pushed. */
  readonly signal: AbortSignal
}

const PRODUCERS = 4

/** So far they keep ahead of the workers: they go on through the whole run, and pushes meet every fault. */
const AHEAD = 250

export async function produce(production: Production): Promise<void> {
  const { redis, jobs, seed, acknowledged, delivered, signal } = production
  let next = 0
  const pushAll = async (_: unknown, number: number) => {
    await using connection = connectRedis(redis, { purpose: 'gateway', name: `producer-${number}` })
    while (next < jobs && !signal.aborted) {
      if (acknowledged.size - delivered() > AHEAD) {
        await sleep(10)
        continue
      }
      const id = jobId(seed, next++)
      while (!signal.aborted && !(await push(connection, id))) await sleep(50)
      if (!signal.aborted) acknowledged.add(id)
    }
  }
  await Promise.all(Array.from({ length: PRODUCERS }, pushAll))
}

/** False where Redis did not answer: the element may be in the list all the same, and will be in it twice. */
async function push(connection: RedisConnection, id: string): Promise<boolean> {
  try {
    await connection.call('RPUSH', QUEUE, todaysElement(id))
    return true
  } catch (error) {
    if (error instanceof Failure && error.code === 'queue-unavailable') return false
    throw error
  }
}
