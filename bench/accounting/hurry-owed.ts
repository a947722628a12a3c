/** What gateways let wait for minutes waits for two seconds: callbacks in Postgres, and what is owed in Redis. */
import { queueKeys } from '../../contract/queue/keys.ts'
import type { RedisCommands } from '../../contract/queue/redis-commands.ts'
import type { Sql } from '../../gateway/database/database.ts'
import { QUEUE } from './settings.ts'

export interface OwedParts {
  readonly database: Sql
  readonly redis: RedisCommands
}

/** Longer than any of them takes to be delivered or settled. */
const MOST_WAIT_MS = 2_000

const keys = queueKeys(QUEUE)

/** One turn. What is done with meanwhile stays done. */
export async function hurryOwed({ database, redis }: OwedParts): Promise<void> {
  await database.query(
    `update i2i.callbacks set due_at = now() + $1 * interval '1 millisecond'
     where done_at is null and due_at > now() + $1 * interval '1 millisecond'`,
    [MOST_WAIT_MS],
  )
  const most = Date.now() + MOST_WAIT_MS
  for (const key of [keys.settlements, keys.outbox]) {
    const late = await redis.call('ZRANGEBYSCORE', key, `(${most}`, '+inf')
    for (const id of Array.isArray(late) ? late : []) {
      await redis.call('ZADD', key, 'XX', 'LT', most, String(id))
    }
  }
}

/** How many ends of jobs the gateways have not taken note of. */
export async function owedSettlements(redis: RedisCommands): Promise<number> {
  return Number(await redis.call('ZCARD', keys.settlements))
}
