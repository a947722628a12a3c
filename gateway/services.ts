/** What the configuration names, opened: database, queue, storage, receivers of callbacks. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, identify, memoryQueue, probeRedis, type Queue, redisQueue } from '#contract'
import type { Log } from '#platform/log.ts'
import { connectRedis, type RedisConnection } from '#platform/redis/connect.ts'
import { localStorage } from '#platform/storage/local-storage.ts'
import { s3Storage } from '#platform/storage/s3-storage.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { supabaseStorage } from '#platform/storage/supabase-storage.ts'
import {
  createSendCallback,
  type Scheme,
  type SendCallback,
} from '#platform/webhook/send-callback.ts'
import type { CallbackConfig, GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { openPglite } from './database/pglite.ts'
import { openPostgres } from './database/postgres.ts'

/** Up to date. Throws `configuration-invalid`, and `database-unavailable` where it does not answer. */
export async function openDatabase(config: GatewayConfig, log: Log): Promise<Database> {
  const { url, connections } = config.database
  const onError = (error: Error) => log.warn('database away', { error })
  const database =
    url === undefined
      ? await openPglite(join(config.dataFolder, 'database'))
      : openPostgres({ url, connections, onError })
  try {
    const fresh = await migrate(database)
    if (fresh.length > 0) log.info('migrated', { count: fresh.length })
    return database
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

const PROBE_MS = 5_000

/**
 * Throws `configuration-invalid` for a Redis that would lose jobs. One that is away is gone on without: other providers
 * may do what comes until it is back.
 */
async function openQueue(
  url: string,
  { queue: settings, allowUnsafeRedis: allowUnsafe }: GatewayConfig,
  log: Log,
): Promise<Line> {
  const onError = (error: Error) => log.warn('redis away', { error })
  const redis = connectRedis(url, { purpose: 'gateway', name: 'i2i-gateway', onError })
  const upstash = new URL(url).hostname.endsWith('.upstash.io')
  const { name } = settings
  const probe = () => probeRedis(redis, { name, upstash, allowUnsafe })
  try {
    for (const reason of await withinTime(probe)) log.warn('redis is unsafe', { reason })
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'queue-unavailable') {
      await redis.close()
      throw error
    }
    log.warn('started without redis', { error })
  }
  const idOf = (raw: string) => identify(raw, randomUUID)
  const openBlocking = () => {
    throw new Error('a gateway takes no jobs from the queue')
  }
  const queue = redisQueue({ settings, idOf, commands: redis, openBlocking, upstash })
  return { queue, redis, [Symbol.asyncDispose]: redis.close }
}

export interface Line extends AsyncDisposable {
  readonly queue: Queue
  /** Where gateways share what they count; undefined for one alone. */
  readonly redis: RedisConnection | undefined
}

/** The queue that is given, else by REDIS_URL; without either one that nobody takes from. */
export async function openLine(
  config: GatewayConfig,
  { queue, log }: { readonly queue?: Queue | undefined; readonly log: Log },
): Promise<Line> {
  const { redisUrl } = config
  if (queue === undefined && redisUrl !== undefined) return await openQueue(redisUrl, config, log)
  const own = () =>
    memoryQueue({ settings: config.queue, idOf: (raw) => identify(raw, randomUUID) })
  return { queue: queue ?? own(), redis: undefined, [Symbol.asyncDispose]: async () => {} }
}

/** A connection takes a moment, in which every command is refused. */
async function withinTime<Result>(ask: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + PROBE_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isAway = error instanceof Failure && error.code === 'queue-unavailable'
      if (!isAway || performance.now() > end) throw error
      await sleep(50)
    }
  }
}

export interface LocalFiles {
  readonly baseUrl: string
  readonly secret: string
}

/** @param local for files that this gateway serves itself. */
export function openStorage(
  { s3, supabase, folder }: GatewayConfig['storage'],
  local: LocalFiles,
): Storage {
  if (s3) return s3Storage(s3)
  if (supabase) return supabaseStorage(supabase)
  return localStorage({ folder: resolve(folder), ...local })
}

/** Made at the first start, so that what was signed before a restart is good after it. */
export async function keptSecret(folder: string, name: string): Promise<string> {
  const place = join(folder, name)
  await mkdir(folder, { recursive: true })
  const made = randomBytes(32).toString('hex')
  // Whoever comes second reads what the first has written.
  await writeFile(place, made, { flag: 'wx', mode: 0o600 }).catch(() => {})
  const kept = await readFile(place, 'utf8').catch((cause) => {
    const message = `The secret in ${place} cannot be read. Give this user the right to, or remove it.`
    throw new Failure('configuration-invalid', message, { cause })
  })
  if (kept.length >= 32) return kept
  throw new Failure('configuration-invalid', `The secret in ${place} is cut short. Remove it.`)
}

/** Undefined where nobody may be told. */
export function openCallbacks(config: CallbackConfig): SendCallback | undefined {
  const { url, bearer, hosts } = config
  const scheme = schemeOf(config)
  if (!scheme) return undefined
  return createSendCallback({
    ...(url !== undefined && {
      receiver: { url, scheme, ...(bearer !== undefined && { bearer }) },
    }),
    ...(hosts.length > 0 && { others: { allowedHosts: hosts, scheme } }),
  })
}

function schemeOf({ scheme, secret }: CallbackConfig): Scheme | undefined {
  if (secret === undefined) return undefined
  return scheme === 'standard' ? { kind: scheme, secrets: [secret] } : { kind: scheme, secret }
}
