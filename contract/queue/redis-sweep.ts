/** Recovery on Redis: what dead workers held, and what has waited out its delay, goes back to the queue. */
import { texts } from './redis-commands.ts'
import type { RedisQueueParts } from './redis-queue.ts'
import { LEAST_BACK_LEASES } from './settings.ts'
import { nothingSwept, type Swept } from './swept.ts'

/** Of one call and kind; what is beyond waits for the next. */
const MOST_SWEPT = 200

/** Inboxes first, claims after: what was claimed was taken earlier, and goes in front. */
export async function sweep({ at, keys, run, side }: RedisQueueParts): Promise<Swept> {
  const counts = { ...nothingSwept }
  const { active, outbox, queue, delayed, dead, settlements } = keys
  const byTime = [keys.workers, active, delayed, outbox, settlements]
  await run('mend-clock', [keys.clock, ...byTime], [LEAST_BACK_LEASES * at.leaseMs])
  for (const worker of texts(await run('members', [keys.workers], ['due', MOST_SWEPT]))) {
    const inbox = [keys.workers, keys.inbox(worker), keys.queue]
    counts.returned += Math.max(
      0,
      Number(await run('return-inbox', inbox, [worker, side, 'lapsed'])),
    )
  }
  const lapsed = texts(await run('members', [active], ['due', MOST_SWEPT]))
  for (const id of lapsed.toReversed()) {
    const ofJob = [keys.job(id), active, outbox, keys.events(id)]
    const those = [...ofJob, queue, delayed, dead, settlements]
    const answer = await run('reclaim', those, [id, side, at.mostStalls, at.backoff.baseMs])
    if (answer === 'queued') counts.requeued++
    if (answer === 'delayed') counts.delayed++
    if (answer === 'dead') counts.dead++
    if (answer === 'cancelled') counts.cancelled++
  }
  const due = texts(await run('members', [delayed], ['due', MOST_SWEPT]))
  for (const id of due.toReversed()) {
    const answer = await run('promote', [delayed, keys.job(id), queue, keys.events(id)], [id, side])
    counts.promoted += Number(answer)
  }
  return counts
}

/** Looks through every key of the database, for inboxes that no sweep can know of. */
export async function scanOrphans({ commands, keys, run, side }: RedisQueueParts): Promise<number> {
  const prefix = keys.inbox('')
  let returned = 0
  let cursor = '0'
  do {
    const reply = await commands.call('SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000)
    const [next, found] = Array.isArray(reply) ? reply : ['0', []]
    for (const inbox of texts(found)) {
      const worker = inbox.slice(prefix.length)
      const answer = await run(
        'return-inbox',
        [keys.workers, inbox, keys.queue],
        [worker, side, 'lapsed'],
      )
      returned += Math.max(0, Number(answer))
    }
    cursor = String(next)
  } while (cursor !== '0')
  return returned
}
