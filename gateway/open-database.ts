/** The gateway's memory, opened and up to date; one that is away is waited for, since it mostly comes back. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#contract'
import type { Log } from '#platform/log.ts'
import type { GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { openPglite } from './database/pglite.ts'
import { openPostgres } from './database/postgres.ts'

export interface OpeningOptions {
  readonly log: Log
  /** Aborted: nothing is waited for any more. */
  readonly signal: AbortSignal
  /** Told what is waited for, and, without a reason, that it has come. */
  readonly onWaiting: (reason?: Failure) => void
}

const AGAIN_MS = 500

/** Undefined where the waiting was given up. Throws `configuration-invalid`. */
export async function openDatabase(
  { database: { url, connections }, dataFolder }: GatewayConfig,
  { log, signal, onWaiting }: OpeningOptions,
): Promise<Database | undefined> {
  const onError = (error: Error) => log.warn('database away', { error })
  const database =
    url === undefined
      ? await openPglite(join(dataFolder, 'database'))
      : openPostgres({ url, connections, onError })
  try {
    const fresh = await patiently(() => migrate(database), { log, signal, onWaiting })
    if (fresh === undefined) await database[Symbol.asyncDispose]()
    else if (fresh.length > 0) log.info('migrated', { count: fresh.length })
    return fresh && database
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw refused(error)
  }
}

/** A line when the waiting begins, and one when it ends; between them a sparing log tells that it goes on. */
async function patiently<Result>(
  work: () => Promise<Result>,
  { log, signal, onWaiting }: OpeningOptions,
): Promise<Result | undefined> {
  for (let isWaiting = false; !signal.aborted; isWaiting = true) {
    try {
      const result = await work()
      if (isWaiting) {
        log.info('database has come')
        onWaiting()
      }
      return result
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'database-unavailable') throw error
      log.warn('waiting for the database', { error })
      onWaiting(error)
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }
  return undefined
}

/** Classes and codes of SQLSTATE that say what is wrong with the URL: 28 of who asks, 3D000 of the database's name. */
function refused(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!code.startsWith('28') && code !== '3D000') return error
  const what = code === '3D000' ? 'There is no such database' : 'Its user or password is refused'
  const message = `DATABASE_URL cannot be used. ${what} (${code}). Make it on the server, or correct the URL.`
  return new Failure('configuration-invalid', message, { cause: error })
}
