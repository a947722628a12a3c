/**
 * Databases for tests, of both kinds: `describe.for(testDatabases)('on $kind', ({ open, missing }) => …)`.
 *
 * PGlite is always there; Postgres where its binaries are, else `missing` says why, for `it.skipIf(missing)`. The
 * Postgres behind them is one a test file, and ends with it; a PGlite goes on to the file that this process runs next.
 */
import { openAsBlob, statSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { endWithFile } from '#platform/end-with-file.case.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { databaseOf } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import { type PrivatePostgres, postgresMissing, privatePostgres } from './private-postgres.case.ts'

export interface TestDatabases {
  readonly kind: Database['kind']
  /** Why there is none of this kind here. */
  readonly missing: string | undefined
  /** A new one, migrated and otherwise empty. Dispose of it when the test is over: the next is cheaper then. */
  readonly open: (options?: { readonly connections?: number }) => Promise<Database>
}

export const testDatabases: readonly TestDatabases[] = [
  { kind: 'pglite', missing: undefined, open: anotherPglite },
  { kind: 'postgres', missing: postgresMissing, open: anotherPostgres },
]

/** Those that are there, for tests that have nothing to say about those that are not. */
export const databasesHere = testDatabases.filter(({ missing }) => missing === undefined)

/** The one server of this test file, for tests that kill it. */
export async function testPostgres(): Promise<PrivatePostgres> {
  if (cluster === undefined) {
    cluster = privatePostgres()
    endWithFile(endPostgres)
  }
  return await cluster
}

async function endPostgres(): Promise<void> {
  const started = await cluster?.catch(() => undefined)
  cluster = undefined
  template = undefined
  await started?.[Symbol.asyncDispose]()
}

let cluster: Promise<PrivatePostgres> | undefined
let template: Promise<void> | undefined
let count = 0
const idle: Database[] = []
const inUse = new Set<Database>()

/** To start one takes a second or two, so that one that is not used any more is emptied instead. */
async function anotherPglite(): Promise<Database> {
  const database = idle.pop() ?? databaseOf(await quickPglite())
  if (inUse.size === 0) endWithFile(closeForgotten)
  inUse.add(database)
  await database.script('drop schema if exists i2i cascade')
  await database.script('drop schema if exists public cascade; create schema public')
  await migrate(database)
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      // Once only: two tests must never be given the same.
      if (inUse.delete(database)) idle.push(database)
    },
  }
}

/** Somebody may be at work on those yet. */
async function closeForgotten(): Promise<void> {
  const forgotten = [...inUse]
  inUse.clear()
  await Promise.all(forgotten.map((database) => database[Symbol.asyncDispose]()))
}

/** To fill an empty one takes seconds, so that the first that is filled on this machine is kept, as a file, for all others. */
async function quickPglite(): Promise<PGlite> {
  const { mtimeMs } = statSync(fileURLToPath(import.meta.resolve('@electric-sql/pglite')))
  const kept = join(tmpdir(), `i2i-pglite-${process.getuid?.() ?? 0}-${Math.round(mtimeMs)}.tar`)
  try {
    return await PGlite.create({ loadDataDir: await openAsBlob(kept) })
  } catch {
    const lite = await PGlite.create()
    const dump = await lite.dumpDataDir('none')
    const own = `${kept}.${process.pid}`
    await writeFile(own, Buffer.from(await dump.arrayBuffer()))
    await rename(own, kept)
    return lite
  }
}

async function anotherPostgres(options: { readonly connections?: number } = {}): Promise<Database> {
  const server = await testPostgres()
  template ??= prepare(server)
  await template
  const name = `test_${++count}`
  await server.create(name, 'migrated')
  return openPostgres({ url: server.url(name), ...options })
}

/** Copying a migrated database is quicker than migrating a new one. */
async function prepare(server: PrivatePostgres): Promise<void> {
  await server.create('migrated')
  await using database = openPostgres({ url: server.url('migrated'), connections: 1 })
  await migrate(database)
}
