/**
 * A worker on Redis. An element moves from the queue to the worker's inbox, and from there, by a claim, to a
 * job that it holds. The reply of the move is never trusted, since it can be lost with the connection: what
 * counts is what lies in the inbox.
 */
import { randomUUID } from 'node:crypto'
import type { Claim, QueueWorker } from './queue.ts'
import { readElement } from './read-element.ts'
import { type BlockingRedis, texts, word } from './redis-commands.ts'
import type { RedisQueueParts } from './redis-queue.ts'
import { backoffMs } from './settings.ts'

/** Of so many takes, one asks the queue before the priority lane, so that the queue cannot starve. */
const TURNS = 5
const MOST_WAIT_BESIDE_PRIORITY_MS = 1_000

export function redisWorker(name: string, parts: RedisQueueParts): QueueWorker {
  const { at, keys, run, side } = parts
  const inbox = keys.inbox(name)
  let blocking: BlockingRedis | undefined
  let turn = 0
  /** A claim whose reply has not come: asked again with the same token, it is the same claim. */
  let unsure: Attempt | undefined

  async function take({ signal }: { readonly signal?: AbortSignal } = {}) {
    const claim = await claimNext(signal)
    if (claim || signal?.aborted) return claim
    await wait(signal)
    return signal?.aborted ? undefined : claimNext(signal)
  }

  async function claimNext(signal: AbortSignal | undefined): Promise<Claim | undefined> {
    while (!signal?.aborted) {
      unsure ??= await nextAttempt()
      if (!unsure) return undefined
      const attempt = unsure
      const { id, sha1, token, added, owner } = attempt
      const reply = await run(
        'claim',
        [inbox, keys.job(id), keys.active, keys.events(id)],
        [name, id, sha1, token, at.leaseMs, added, owner],
      )
      unsure = undefined
      const [answer, ...rest] = texts(reply)
      if (answer === 'claimed') return readClaim(attempt, rest)
      if (answer === 'duplicate') parts.note?.({ type: 'duplicate', id, status: rest[0] ?? '' })
    }
    return undefined
  }

  /** What lies at the head of the inbox, ready to be claimed; what cannot be read is parked on the way. */
  async function nextAttempt(): Promise<Attempt | undefined> {
    for (;;) {
      const reply = await run('fetch', lanes(), [name, at.leaseMs, side, at.mostElementBytes])
      if (reply === null) return undefined
      const [sha1 = '', bytes = '', raw = ''] = texts(reply)
      const isTooLarge = Number(bytes) > at.mostElementBytes
      const read = isTooLarge ? undefined : readElement(raw, parts.idOf)
      if (read) {
        const added = read.normalised === raw ? '' : read.normalised
        const { id, normalised, owner = '' } = read
        return { id, sha1, token: randomUUID(), added, owner, raw: normalised }
      }
      const reason = isTooLarge ? 'too-large' : 'unreadable'
      const parked = await run('park', [inbox, keys.dead], [sha1, reason])
      if (parked === 1) parts.note?.({ type: 'parked', sha1, bytes: Number(bytes), reason })
    }
  }

  function lanes(): string[] {
    if (!at.priority) return [keys.workers, inbox, keys.queue]
    const queueFirst = turn++ % TURNS === TURNS - 1
    const both = [keys.priority, keys.queue]
    return [keys.workers, inbox, ...(queueFirst ? both.toReversed() : both)]
  }

  /** Follows a fetch always, which registered the worker: its inbox is known to every sweep. */
  async function wait(signal: AbortSignal | undefined): Promise<void> {
    blocking ??= parts.openBlocking()
    const connection = blocking
    let interrupt = () => {}
    const interrupted = new Promise<void>((resolve) => {
      interrupt = () => {
        blocking = undefined
        connection.interrupt()
        // A connection that was being made anew answers nobody before its wait would have been over.
        resolve()
      }
    })
    signal?.addEventListener('abort', interrupt, { once: true })
    const ms = at.priority ? Math.min(at.blockMs, MOST_WAIT_BESIDE_PRIORITY_MS) : at.blockMs
    try {
      const moved = connection.call('BLMOVE', keys.queue, inbox, side, 'RIGHT', ms / 1000)
      await Promise.race([moved, interrupted])
    } catch (error) {
      if (!signal?.aborted) throw error
    } finally {
      signal?.removeEventListener('abort', interrupt)
    }
  }

  /** The keys with which a job's own script begins. */
  const ofJob = (id: string) => [keys.job(id), keys.active, keys.outbox, keys.events(id)]

  const giveBack = async ({ id, token }: Claim) => {
    const reply = await run(
      'give-back',
      [...ofJob(id), keys.queue, keys.settlements],
      [id, token, side],
    )
    return word(reply, ['queued', 'cancelled', 'lost'])
  }

  return {
    name,
    take,
    giveBack,
    async beat(held, health = {}) {
      const jobs = held.map(({ id }) => keys.job(id))
      const pairs = held.flatMap(({ id, token }) => [id, token])
      const reply = await run(
        'beat',
        [keys.workers, keys.health(name), keys.active, ...jobs],
        [name, at.leaseMs, JSON.stringify(health), at.leaseMs, ...pairs],
      )
      return texts(reply).map((answer) => word(answer, ['held', 'cancel', 'lost']))
    },
    async progress({ id, token }, data, preview = '') {
      const those = [keys.job(id), keys.events(id), keys.preview(id)]
      return (await run('progress', those, [token, JSON.stringify(data), preview])) === 1
    },
    async finish({ id, token }, outcome) {
      const { status, result = '' } = outcome
      const [code, retryable] =
        outcome.status === 'failed' ? [outcome.code, outcome.retryable ? 1 : 0] : ['', 0]
      const those = [...ofJob(id), keys.settlements]
      const reply = await run('finish', those, [id, token, status, code, result, retryable])
      return word(reply, ['finished', 'lost'])
    },
    async retryLater({ id, token, attempts }, { code, result, atLeastMs = 0 }) {
      const jitter = backoffMs(attempts, at.backoff, parts.random ?? Math.random)
      const delay = Math.max(Math.round(atLeastMs), jitter)
      const reply = await run(
        'retry-later',
        [...ofJob(id), keys.delayed, keys.dead, keys.settlements],
        [id, token, delay, at.mostAttempts, code, result],
      )
      return word(reply, ['delayed', 'dead', 'cancelled', 'lost'])
    },
    async leave(held) {
      blocking?.interrupt()
      blocking = undefined
      const asked = unsure && (await claimNext(undefined))
      await run('return-inbox', [keys.workers, inbox, keys.queue], [name, side, 'leaving'])
      for (const claim of [...held, ...(asked ? [asked] : [])].toReversed()) await giveBack(claim)
      await parts.commands.call('DEL', keys.health(name))
    },
  }
}

/** A claim to be made, or made with its reply still out. */
interface Attempt {
  readonly id: string
  /** Of the element as it lies in the inbox. */
  readonly sha1: string
  readonly token: string
  /** The element with its id added, '' where it had one. */
  readonly added: string
  readonly owner: 'gateway' | ''
  readonly raw: string
}

/** @param reply of `claim.lua`, after its first word. */
function readClaim({ id, raw, token }: Attempt, reply: readonly string[]): Claim {
  const [fence = 0, attempts = 0, stalls = 0, startedAt = 0, firstSeenAt = 0] = reply.map(Number)
  return { id, raw, token, fence, attempts, stalls, startedAt, firstSeenAt }
}
