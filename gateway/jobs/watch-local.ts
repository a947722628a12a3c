/**
 * Follows what our workers have in line or in hand: what runs is shown as running, what the queue has lost is pushed
 * again, and an end that nobody told of is read from the queue's record.
 */
import { type Glance, identify, type Queue } from '#contract'
import { markRunning } from '../store/attempts.ts'
import { type HeldAttempt, heldAttempts, jobToResend } from '../store/held-attempts.ts'
import { countEach } from './count-each.ts'
import { type SendParts, send } from './dispatch.ts'
import { endLocal, type SettleLocalParts } from './settle-local.ts'

export interface WatchLocalParts extends SettleLocalParts, Omit<SendParts, 'queue'> {
  readonly queue: Pick<Queue, 'push' | 'job'> & {
    readonly byHand: Pick<Queue['byHand'], 'glance' | 'waiting'>
  }
  /** How long nothing need be known of a job that was pushed; 15 s unless given. */
  readonly lostAfterMs?: number
  /** How long an end may be on its way by `settleLocal`; 10 s unless given. */
  readonly toldWithinMs?: number
}

/** Two for each worker of a large fleet. */
const AT_ONCE = 1_000
const PAGE = 100

/** One look. @returns how many were pushed again. Throws `queue-unavailable` and `database-unavailable`. */
export async function watchLocal(parts: WatchLocalParts): Promise<number> {
  const { database, queue, log, lostAfterMs = 15_000 } = parts
  const held = await heldAttempts(database, AT_ONCE)
  if (held.length === 0) return 0
  const glances = await queue.byHand.glance(held.map(({ jobId }) => jobId))
  const seen = held.map((attempt, i) => ({ ...attempt, glance: glances[i] }))
  await countEach(seen, (each) => follow(each, parts), { log, event: 'not followed' })
  const missing = seen.filter(
    ({ glance, sentAgoMs }) => glance === undefined && sentAgoMs > lostAfterMs,
  )
  return missing.length === 0 ? 0 : await pushLost(missing, parts)
}

interface Seen extends HeldAttempt {
  /** What the queue knows of it. */
  readonly glance: Glance | undefined
}

/** @returns whether there was anything new. */
async function follow({ id, jobId, state, glance }: Seen, parts: WatchLocalParts) {
  const { database, toldWithinMs = 10_000, onChanged } = parts
  if (!glance) return false
  if (glance.status === 'active' && state === 'sent') {
    const isNews = await markRunning(database, id)
    if (isNews) onChanged?.(jobId)
    return isNews
  }
  const isOverdue = hasEnded(glance) && (glance.sinceEnd ?? 0) > toldWithinMs
  return isOverdue && (await readEnd(jobId, parts))
}

const hasEnded = ({ status }: Glance): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled'

/** @returns whether there was an end to read. */
export async function readEnd(
  id: string,
  parts: SettleLocalParts & { readonly queue: Pick<Queue, 'job'> },
): Promise<boolean> {
  const record = await parts.queue.job(id)
  if (!record) return false
  const { status, code = '', result = '' } = record
  if (status !== 'completed' && status !== 'failed' && status !== 'cancelled') return false
  await endLocal({ id, status, code, result }, parts)
  return true
}

/**
 * A gateway may have died between its row and its push, and a Redis may have been emptied. What is pushed in error
 * under the same id is dropped by the queue.
 */
async function pushLost(missing: readonly HeldAttempt[], parts: WatchLocalParts): Promise<number> {
  const { database, queue, log } = parts
  const waiting = await waitingIds(
    queue,
    missing.map(({ jobId }) => jobId),
  )
  const unseen = missing.filter(({ jobId }) => !waiting.has(jobId))
  // Somebody may have taken one while the line was read.
  const glances = await queue.byHand.glance(unseen.map(({ jobId }) => jobId))
  const lost = unseen.filter((_, i) => glances[i] === undefined)
  const push = async ({ id, jobId }: HeldAttempt) => {
    const job = await jobToResend(database, id)
    const isPushed = job !== undefined && (await send({ attemptId: id, jobId, job }, parts))
    if (isPushed) log.warn('pushed again', { jobId })
    return isPushed
  }
  return await countEach(lost, push, { log, event: 'not pushed again' })
}

/** Those of `ids` that stand in the line, which is read once, and no further than to the last of them. */
async function waitingIds(
  { byHand }: WatchLocalParts['queue'],
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const wanted = new Set(ids)
  const found = new Set<string>()
  for (let from = 0; found.size < wanted.size; from += PAGE) {
    const page = await byHand.waiting({ from, count: PAGE })
    for (const { raw } of page) {
      // What is longer than any job is not read.
      const id = raw && identify(raw, () => '')?.id
      if (id !== undefined && wanted.has(id)) found.add(id)
    }
    if (page.length < PAGE) break
  }
  return found
}
