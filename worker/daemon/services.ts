/** What the configuration names, opened: storage, receivers of callbacks, the queue. */
import { randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { Failure, identify, probeRedis, type Queue, type QueueNote, redisQueue } from '#contract'
import type { Log } from '#platform/log.ts'
import { connectRedis } from '#platform/redis/connect.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import { s3Storage } from '#platform/storage/s3-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { supabaseStorage } from '#platform/storage/supabase-storage.ts'
import {
  type EnhancementCache,
  memoryEnhancements,
  redisEnhancements,
} from '#worker/enhance/enhancement-cache.ts'
import type { DaemonConfig } from './config.ts'
import { untilAnswered } from './until-answered.ts'

export interface OpenQueue extends AsyncDisposable {
  readonly queue: Queue
}

/**
 * Throws `configuration-invalid` for a Redis that would lose jobs, and for one that does not let it in; until `signal` waits
 * for one that is away.
 */
export async function openQueue(
  config: DaemonConfig,
  log: Log,
  signal: AbortSignal,
): Promise<OpenQueue> {
  const { redisUrl: url, queue: settings } = config
  const shutOut = new AbortController()
  const onError = (error: Error) => {
    log.warn('redis away', { error })
    if (LOGIN_REFUSED.test(error.message)) shutOut.abort(notLetIn(url, error))
  }
  const commands = connectRedis(url, { purpose: 'worker', name: 'i2i-worker', onError })
  const upstash = new URL(url).hostname.endsWith('.upstash.io')
  try {
    const { name } = settings
    const allowUnsafe = config.allowUnsafeRedis
    const probe = () => probeRedis(commands, { name, upstash, allowUnsafe })
    const isPointless = () => signal.aborted || shutOut.signal.aborted
    const warnings = await untilAnswered(probe, { isPointless })
    for (const reason of warnings) log.warn('redis is unsafe', { reason })
  } catch (error) {
    await commands.close()
    shutOut.signal.throwIfAborted()
    throw error
  }
  const { blockMs } = settings
  const openBlocking = () =>
    connectRedis(url, { purpose: 'waits', name: 'i2i-worker-waits', blockMs, onError })
  const idOf = (raw: string) => identify(raw, randomUUID)
  const note = (told: QueueNote) => noteOf(told, log)
  const all = { settings, idOf, note, commands, openBlocking, upstash }
  return { queue: redisQueue(all), [Symbol.asyncDispose]: commands.close }
}

/** In Redis's own words. It will not think otherwise by itself, as one that is away may. */
export const LOGIN_REFUSED = /^(?:NOAUTH|WRONGPASS|NOPERM)\b/

export function notLetIn(url: string, cause: Error): Failure {
  const said = cause.message.replace(/\.$/, '')
  const message = `Redis at ${new URL(url).host} refuses: ${said}. See to the user and password in REDIS_URL.`
  return new Failure('configuration-invalid', message, { cause })
}

function noteOf(note: QueueNote, log: Log): void {
  if (note.type === 'parked') {
    log.warn('parked', { bytes: note.bytes, reason: note.reason })
  } else {
    log.info('dropped a duplicate', { jobId: note.id, status: note.status })
  }
}

interface OpenEnhancementCache extends AsyncDisposable {
  readonly cache: EnhancementCache
}

/** In this process where its queue is, or where nothing is enhanced; else in Redis, asked as one that may be away. */
export function openEnhancementCache(
  { redisUrl, queue, enhancer }: DaemonConfig,
  { isAlone, log }: { readonly isAlone: boolean; readonly log: Log },
): OpenEnhancementCache {
  if (isAlone || enhancer.path === undefined) {
    return { cache: memoryEnhancements(), async [Symbol.asyncDispose]() {} }
  }
  const onError = (error: Error) => log.warn('redis away', { error })
  const name = 'i2i-worker-enhancements'
  const redis = connectRedis(redisUrl, { purpose: 'gateway', name, onError })
  return { cache: redisEnhancements(redis, queue.name), [Symbol.asyncDispose]: redis.close }
}

/** Undefined for a worker whose jobs carry upload URLs. */
export function openStorage({ s3, supabase, storageFolder }: DaemonConfig): Storage | undefined {
  if (s3) return s3Storage(s3)
  if (supabase) return supabaseStorage(supabase)
  if (storageFolder === undefined) return undefined
  // Nothing is signed here: who serves the folder signs, with a secret of its own.
  const secret = randomBytes(32).toString('hex')
  return localStorage({ folder: resolve(storageFolder), baseUrl: 'http://127.0.0.1', secret })
}
