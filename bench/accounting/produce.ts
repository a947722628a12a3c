/** Producers as today's: each pushes to the list, and again until Redis has answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import { connectRedis, type RedisConnection } from '#platform/redis/connect.ts'
import { elementOf, jobId } from './payloads.ts'
import { poisonPlaces } from './plan.ts'
import { QUEUE } from './settings.ts'

/** What Redis has answered for: it may forget none of these. */
export interface Pushed {
  readonly acknowledged: Set<string>
  /** Beside them, and never among them. */
  readonly poison: Set<string>
}

export interface Production {
  readonly redis: string
  /** Poison comes on top of these. */
  readonly jobs: number
  readonly seed: number
  /** Where references are fetched from. */
  readonly reference: string
  /** Filled by and by. */
  readonly pushed: Pushed
  /** How many were delivered so far, of those beside them too. */
  readonly delivered: () => number
  /** How many were taken so far, of those beside them too. */
  readonly taken: () => number
  /** Ends it before all is pushed. */
  readonly signal: AbortSignal
}

const PRODUCERS = 4

/** So far they keep ahead of the workers: they go on through the whole run, and pushes meet every fault. */
const AHEAD = 250

export async function produce(production: Production): Promise<void> {
  const { redis, jobs, seed, reference, pushed, delivered, taken, signal } = production
  const { acknowledged, poison } = pushed
  const places = poisonPlaces(jobs)
  const all = jobs + places.size
  let next = 0
  const pushAll = async (_: unknown, number: number) => {
    await using connection = connectRedis(redis, { purpose: 'gateway', name: `producer-${number}` })
    while (next < all && !signal.aborted) {
      if (taken() - delivered() > AHEAD) {
        await sleep(10)
        continue
      }
      const isPoison = places.has(next)
      const id = jobId(seed, next++)
      const element = elementOf({ id, reference, isPoison })
      while (!signal.aborted && !(await push(connection, element))) await sleep(50)
      if (!signal.aborted) (isPoison ? poison : acknowledged).add(id)
    }
  }
  await Promise.all(Array.from({ length: PRODUCERS }, pushAll))
}

/** False where Redis did not answer: the element may be in the list all the same, and will be in it twice. */
async function push(connection: RedisConnection, element: string): Promise<boolean> {
  try {
    await connection.call('RPUSH', QUEUE, element)
    return true
  } catch (error) {
    if (error instanceof Failure && error.code === 'queue-unavailable') return false
    throw error
  }
}
