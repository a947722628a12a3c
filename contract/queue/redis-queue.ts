/** The queue on Redis 6.2 or later: each verb is one script, so that no kill can fall in the middle of one. */
import { cancelledBy } from './by-hand.ts'
import { findLetter } from './dead-letters.ts'
import { type QueueKeys, queueKeys } from './keys.ts'
import type { Queue, QueueOptions } from './queue.ts'
import { redisByHand } from './redis-by-hand.ts'
import { redisCallbacks } from './redis-callbacks.ts'
import { type BlockingRedis, fields, type RedisCommands, texts, word } from './redis-commands.ts'
import { readEvents, readJob, readLetter } from './redis-records.ts'
import { type RunScript, scriptsOn } from './redis-scripts.ts'
import { scanOrphans, sweep } from './redis-sweep.ts'
import { redisWorker } from './redis-worker.ts'
import { type QueueSettings, queueSettings } from './settings.ts'
import { nothingSwept } from './swept.ts'
import { redisTakenDown } from './taken-down.ts'

export interface RedisQueueOptions extends QueueOptions {
  readonly commands: RedisCommands
  /** Opens a connection for the waits of one worker, who ends it by leaving. */
  readonly openBlocking: () => BlockingRedis
  /** Upstash locks the whole database for a script that does not ask for less. */
  readonly upstash?: boolean
}

/** What all parts of the queue on Redis stand on. */
export interface RedisQueueParts extends RedisQueueOptions {
  readonly at: QueueSettings
  readonly keys: QueueKeys
  readonly run: RunScript
  /** The end that is taken from, in Redis's words. */
  readonly side: 'LEFT' | 'RIGHT'
}

/** @throws Failure `configuration-invalid` for settings that would strand jobs. */
export function redisQueue(options: RedisQueueOptions): Queue {
  const at = queueSettings(options.settings)
  const keys = queueKeys(at.name)
  const run = scriptsOn(options.commands, options.upstash ?? false)
  const side = at.pop === 'left' ? 'LEFT' : 'RIGHT'
  const parts: RedisQueueParts = { ...options, at, keys, run, side }
  const byHand = redisByHand(parts)
  const { call } = options.commands

  const list = async ({ from, count }: { readonly from: number; readonly count: number }) => {
    if (count < 1) return []
    const letters = texts(await run('dead-list', [keys.dead], [from, from + count - 1]))
    return letters.flatMap((name, i) => (i % 2 ? [] : [readLetter(name, letters[i + 1] ?? '')]))
  }
  const takeDead = async (letter: { readonly name: string; readonly id?: string }, how: string) => {
    const job = keys.job(letter.id ?? letter.name)
    for (let from = 0; ; from += LETTERS / 2) {
      const among = [from, from + LETTERS - 1]
      const those = [keys.dead, job, keys.queue]
      const answer = await run('dead-take', those, [letter.name, how, side, ...among])
      if (answer !== 0) return answer === 1
    }
  }

  return {
    async push(raw, lane) {
      const push = side === 'LEFT' ? 'RPUSH' : 'LPUSH'
      await call(push, lane === 'priority' ? keys.priority : keys.queue, raw)
    },
    worker: (name) => redisWorker(name, parts),
    async cancel(id) {
      const answer = await run('cancel', [keys.job(id), keys.delayed, keys.events(id)], [id])
      if (answer === 'again') return cancelledBy(await byHand.drop(id))
      return word(answer, ['cancelling', 'cancelled', 'completed', 'failed'])
    },
    async job(id) {
      return readJob(fields(await call('HGETALL', keys.job(id))))
    },
    async events(id, after) {
      const reply = await call('XRANGE', keys.events(id), after ? `(${after}` : '-', '+')
      return readEvents(reply)
    },
    async eventsOf(asked) {
      if (asked.length === 0) return new Map()
      const ids = new Map(asked.map(({ id }) => [keys.events(id), id]))
      // One stream is asked for once.
      const after = new Map(asked.map((each) => [each.id, each.after ?? '0-0']))
      const reply = await call('XREAD', 'STREAMS', ...ids.keys(), ...after.values())
      return new Map(
        (Array.isArray(reply) ? reply : []).map(([key, events]) => {
          return [ids.get(String(key)) ?? '', readEvents(events)]
        }),
      )
    },
    async previews(ids) {
      if (ids.length === 0) return new Map()
      const found = texts(await call('MGET', ...ids.map(keys.preview)))
      return new Map(ids.flatMap((id, i) => (found[i] ? [[id, found[i]]] : [])))
    },
    async depth() {
      const { queue, priority, delayed, active, dead, outbox, head } = keys
      const reply = await run(
        'depth',
        [queue, priority, delayed, active, dead, outbox, head],
        [side],
      )
      const [waiting = 0, ...rest] = texts(reply).map(Number)
      const [inPriority = 0, held = 0, claimed = 0, letters = 0, owed = 0, age = 0] = rest
      return {
        waiting,
        priority: inPriority,
        delayed: held,
        active: claimed,
        dead: letters,
        owedCallbacks: owed,
        headAgeMs: age,
      }
    },
    async workers() {
      const names = texts(await run('members', [keys.workers], ['live', MOST_WORKERS]))
      if (names.length === 0) return []
      const healths = texts(await call('MGET', ...names.map(keys.health)))
      const leases = texts(await call('ZMSCORE', keys.workers, ...names))
      return names.map((name, i) => {
        const health = healths[i]
        return { name, lapsesAt: Number(leases[i]), ...(health && { health }) }
      })
    },
    async sweep({ atMostEveryMs } = {}) {
      if (atMostEveryMs) {
        const isMine = await run('sweep-turn', [keys.sweep, keys.workers], [atMostEveryMs])
        if (isMine !== 1) return { ...nothingSwept, swept: false }
      }
      return sweep(parts)
    },
    scanOrphans: () => scanOrphans(parts),
    callbacks: redisCallbacks(keys.outbox, parts),
    settlements: redisCallbacks(keys.settlements, parts),
    dead: {
      list,
      find: (name) => findLetter(list, name),
      retry: (letter) => takeDead(letter, 'retry'),
      drop: (letter) => takeDead(letter, 'drop'),
    },
    byHand,
    takenDown: redisTakenDown(keys.takenDown, options.commands),
  }
}

/** Looked at in one step. The next begins in their middle, since others may take some meanwhile. */
const LETTERS = 100

const MOST_WORKERS = 10_000
