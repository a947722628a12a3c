/** What is owed on Redis, from the finish on until somebody says that it was delivered: callbacks, settlements. */
import type { Callbacks, OwedCallback } from './queue.ts'
import { texts, word } from './redis-commands.ts'
import type { RedisQueueParts } from './redis-queue.ts'

/** @param outbox the key of those that are owed. */
export function redisCallbacks(outbox: string, { keys, run }: RedisQueueParts): Callbacks {
  const answer = async ({ id, fence }: OwedCallback, delayMs: number) => {
    await run('callback-answer', [outbox, keys.job(id)], [id, fence, delayMs])
  }
  return {
    async due({ count, leaseMs }) {
      const owed: OwedCallback[] = []
      for (const id of texts(await run('members', [outbox], ['due', count]))) {
        const reply = await run('callback-lease', [outbox, keys.job(id)], [id, leaseMs])
        if (reply !== null) owed.push(readCallback(id, texts(reply)))
      }
      return owed
    },
    done: (owed) => answer(owed, -1),
    later: (owed, delayMs) => answer(owed, Math.max(0, Math.round(delayMs))),
  }
}

/** @param reply of `callback-lease.lua`. */
function readCallback(id: string, reply: readonly string[]): OwedCallback {
  const [fence = '', attempt = '', status = '', raw = '', code = '', result = '', at = ''] = reply
  return {
    id,
    fence: Number(fence),
    attempt: Number(attempt),
    status: word(status, ['completed', 'failed', 'cancelled']),
    raw,
    code,
    result,
    finishedAt: Number(at),
  }
}
