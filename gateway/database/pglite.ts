/** Postgres within this process, for an installation that has none: one connection, a folder on disk. */
import { mkdir } from 'node:fs/promises'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { Failure } from '#contract'
import type { Database, Sql, Value } from './database.ts'
import { holdFolder } from './hold-folder.ts'

/**
 * In memory where no folder is given. Throws `configuration-invalid` for a folder that holds no such database, or that
 * another process has open.
 */
export async function openPglite(folder?: string): Promise<Database> {
  if (folder !== undefined) await mkdir(folder, { recursive: true })
  const hold = folder === undefined ? undefined : await holdFolder(folder)
  const lite = await PGlite.create(folder === undefined ? {} : { dataDir: folder }).catch(
    async (cause) => {
      await hold?.[Symbol.asyncDispose]()
      const message = `The database in ${folder} cannot be opened. Move the folder away, or set DATABASE_URL.`
      throw new Failure('configuration-invalid', message, { cause })
    },
  )
  const database = databaseOf(lite)
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await hold?.[Symbol.asyncDispose]()
    },
  }
}

/** Over one that was opened otherwise, and is closed with it. */
export function databaseOf(lite: PGlite): Database {
  return {
    kind: 'pglite',
    ...sqlOn(lite),
    transaction: (work) => lite.transaction((transaction) => work(sqlOn(transaction))),
    async script(text) {
      await lite.exec(text)
    },
    [Symbol.asyncDispose]: () => lite.close(),
  }
}

function sqlOn(runner: Pick<PGlite, 'query'> | Transaction): Sql {
  return {
    async query<Row>(text: string, values: readonly Value[] = []) {
      const { rows } = await runner.query<Row>(text, [...values])
      return rows
    },
  }
}
