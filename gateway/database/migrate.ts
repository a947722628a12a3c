/** Brings the schema `i2i` up to date: each file of `migrations/` once, in order, and nothing beside. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'

const FOLDER = join(import.meta.dirname, 'migrations')
/** Any number, as long as nobody else locks it. */
const LOCK = 692_153_021

/** May be called by many gateways at once. @returns the names of what was new. */
export async function migrate(database: Database, folder = FOLDER): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).toSorted()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return await database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [LOCK])
    await sql.query('create schema if not exists i2i')
    await sql.query(
      'create table if not exists i2i.migrations (name text primary key, at timestamptz not null default now())',
    )
    const known = await sql.query<{ name: string }>('select name from i2i.migrations')
    const done = new Set(known.map(({ name }) => name))
    const fresh = files.flatMap((name, i) => (done.has(name) ? [] : [{ name, text: texts[i] }]))
    for (const { name, text = '' } of fresh) {
      for (const statement of statements(text)) await sql.query(statement)
      await sql.query('insert into i2i.migrations (name) values ($1)', [name])
    }
    return fresh.map(({ name }) => name)
  })
}

/** Our files hold plain statements, each ended by a semicolon at the end of a line. */
function statements(text: string): string[] {
  return text
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '')
}
