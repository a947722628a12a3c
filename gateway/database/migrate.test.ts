import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import { databasesHere, testDatabases, testPostgres } from './test-database.case.ts'

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'i2i-migrations-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

describe.for(databasesHere)('migrations on $kind', ({ open }) => {
  it('are done once, whoever else does them too', async () => {
    await using database = await open()
    const files = {
      '901-a.sql': 'create table i2i.a (x int);\n-- And one.\ninsert into i2i.a values (1);\n',
    }
    await using made = await folderOf(files)
    const all = Array.from({ length: 5 }, () => migrate(database, made.folder))
    expect((await Promise.all(all)).flat()).toEqual(['901-a.sql'])
    expect(await database.query('select x from i2i.a')).toEqual([{ x: 1 }])
  })

  it('are done whole or not at all', async () => {
    await using database = await open()
    await using made = await folderOf({
      ...{
        '902-b.sql': 'create table i2i.b (x int);\n',
        '903-c.sql': 'create table i2i.c (x nonsense);\n',
      },
    })
    await expect(migrate(database, made.folder)).rejects.toThrow('nonsense')
    await expect(database.query('select 1 from i2i.b')).rejects.toThrow('i2i.b')
  })

  it('touch nothing but the schema i2i', async () => {
    await using database = await open()
    const others = `select table_schema from information_schema.tables
      where table_schema not in ('i2i', 'pg_catalog', 'information_schema')`
    expect(await database.query(others)).toEqual([])
  })

  it('undo what a transaction did that threw', async () => {
    await using database = await open()
    const insert = `insert into i2i.webhook_events (provider, event_id) values ('p', 'e')`
    const work = database.transaction(async (sql) => {
      await sql.query(insert)
      throw new Error('on purpose')
    })
    await expect(work).rejects.toThrow('on purpose')
    expect(await database.query('select 1 from i2i.webhook_events')).toEqual([])
  })
})

describe('a folder of PGlite', () => {
  it('has what was put there, after it was closed', async () => {
    await using made = await folderOf({})
    const folder = join(made.folder, 'db')
    {
      await using database = await openPglite(folder)
      await database.script('create table kept (x int); insert into kept values (7)')
    }
    await using again = await openPglite(folder)
    expect(await again.query('select x from kept')).toEqual([{ x: 7 }])
  })
})

const [postgres] = testDatabases.filter(({ kind }) => kind === 'postgres')

describe.skipIf(postgres?.missing)('a Postgres that goes away', () => {
  it('is told as such, and is used again when it is back', async () => {
    const server = await testPostgres()
    await server.create('away')
    await using database = openPostgres({ url: server.url('away'), timeoutMs: 2_000 })
    await database.script('create table kept (x int)')
    await server.kill()
    const code = 'database-unavailable'
    await expect(database.query('select 1')).rejects.toMatchObject({ code })
    await expect(database.transaction((sql) => sql.query('select 1'))).rejects.toMatchObject({
      code,
    })
    await server.restart()
    expect(await database.query('select x from kept')).toEqual([])
  })

  it('prepares nothing behind a pooler, where the next statement may be on another connection', async () => {
    const server = await testPostgres()
    const count = async (url: string) => {
      await using database = openPostgres({ url, connections: 1 })
      await database.query('select 1 + 1')
      const names = 'select name from pg_prepared_statements'
      return (await database.query(names)).length
    }
    expect(await count(`${server.url()}?pgbouncer=true`)).toBe(0)
    expect(await count(server.url())).toBeGreaterThan(0)
  })

  it('is not blamed for a statement that is wrong', async () => {
    const server = await testPostgres()
    await using database = openPostgres({ url: server.url(), connections: 1 })
    await expect(database.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' })
  })
})
