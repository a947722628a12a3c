/** The gateway's memory, opened and up to date. */
import { join } from 'node:path'
import type { GatewayConfig } from './config.ts'
import type { Database } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { openPglite } from './database/pglite.ts'
import { openPostgres } from './database/postgres.ts'
import { type Patience, untilDatabase } from './until-database.ts'

/** Undefined where the waiting for it was given up. Throws `configuration-invalid`. */
export async function openDatabase(
  { database: { url, connections }, dataFolder }: GatewayConfig,
  patience: Patience,
): Promise<Database | undefined> {
  const { log } = patience
  const onError = (error: Error) => log.warn('database away', { error })
  const database =
    url === undefined
      ? await openPglite(join(dataFolder, 'database'))
      : openPostgres({ url, connections, onError })
  try {
    const fresh = await untilDatabase(() => migrate(database), patience)
    if (fresh === undefined) await database[Symbol.asyncDispose]()
    else if (fresh.length > 0) log.info('migrated', { count: fresh.length })
    return fresh && database
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}
