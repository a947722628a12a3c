/** What is owed on Redis, from the finish on until somebody says that it was delivered: callbacks, settlements. */
import type { Callbacks, OwedCallback } from './queue.ts'
import { texts, word } from './redis-commands.ts'
import type { RedisQueueParts } from './redis-queue.ts'

/** @param outbox the key of those that are owed. */
export function redisCallbacks(outbox: string, { keys, run }: RedisQueueParts): Callbacks {
  const answer = async ({ id, fence, attempt }: OwedCallback, how: Answer, delayMs = 0) => {
    const delay = Math.max(0, Math.round(delayMs))
    await run('callback-answer', [outbox, keys.job(id)], [id, fence, attempt, how, delay])
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
    done: (owed) => answer(owed, 'done'),
    later: (owed, delayMs) => answer(owed, 'later', delayMs),
    putBack: (owed, delayMs) => answer(owed, 'untried', delayMs),
  }
}

type Answer = 'done' | 'later' | 'untried'

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
