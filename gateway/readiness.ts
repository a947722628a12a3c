/** Whether the gateway can keep what it would promise: with its database, and somebody to draw. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Queue } from '#contract'
import type { Sql } from './database/database.ts'
import type { RedisState } from './redis-watch.ts'
import type { Readiness } from './routes/health.ts'

export interface ReadinessParts {
  readonly sql: Sql
  readonly queue: Pick<Queue, 'depth'>
  /** Whether jobs are safe in what the queue lies in. */
  readonly redisState: () => RedisState
  /** Whether our own workers take part. */
  readonly hasWorkers: boolean
  /** Whether others could draw while the queue is away. */
  readonly hasFallback: boolean
  /** What is done without, in words for an operator. */
  readonly notes: readonly string[]
  readonly isDraining: () => boolean
}

const LONGEST_MS = 1_000

export function createReadiness(parts: ReadinessParts): () => Promise<Readiness> {
  const { sql, queue, redisState, hasWorkers, hasFallback, isDraining } = parts
  return async () => {
    const [database, line] = await Promise.all([
      answers(sql.query('select 1')),
      hasWorkers ? answers(queue.depth()) : ('none' as const),
    ])
    const { fault, warnings } = redisState()
    const notes = hasWorkers ? [...parts.notes, ...warnings] : parts.notes
    const known = { database, queue: line, ...(notes.length > 0 && { notes: [...notes] }) }
    if (isDraining()) return { ...known, status: 'draining', reason: ENDING }
    if (database === 'down') return { ...known, status: 'unready', reason: NO_DATABASE }
    // As at the start: what is accepted might be lost, whoever else could draw.
    if (line === 'up' && fault !== undefined) return { ...known, status: 'unready', reason: fault }
    if (line !== 'down') return { ...known, status: 'ready' }
    return hasFallback
      ? { ...known, status: 'degraded', reason: `${NO_QUEUE} Other providers draw.` }
      : { ...known, status: 'unready', reason: NO_QUEUE }
  }
}

const ENDING = 'The gateway is about to end.'
const NO_DATABASE = 'The database does not answer. Check DATABASE_URL and that it runs.'
const NO_QUEUE = 'The queue does not answer. Check REDIS_URL and that it runs.'

async function answers(asked: Promise<unknown>): Promise<'up' | 'down'> {
  const up = asked.then(
    () => 'up' as const,
    () => 'down' as const,
  )
  return await Promise.race([up, delay(LONGEST_MS, 'down' as const, { ref: false })])
}
