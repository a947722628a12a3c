import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openPostgres } from './postgres.ts'
import { postgresMissing } from './private-postgres.case.ts'
import { testPostgres } from './test-database.case.ts'

describe.skipIf(postgresMissing)(
  'a transaction whose connection ends between two statements',
  () => {
    it('fails as unavailable, and the next has another connection', async () => {
      const server = await testPostgres()
      await using database = openPostgres({ url: server.url(), connections: 1 })
      await using other = openPostgres({ url: server.url(), connections: 1 })
      const cutOff = database.transaction(async (sql) => {
        const [row] = await sql.query<{ pid: number }>('select pg_backend_pid() as pid')
        await other.query('select pg_terminate_backend($1::int)', [row?.pid ?? 0])
        await sleep(200)
        await sql.query('select 1')
      })
      await expect(cutOff).rejects.toMatchObject({ code: 'database-unavailable' })
      const whole = database.transaction((sql) => sql.query('select 1 as one'))
      expect(await whole).toEqual([{ one: 1 }])
    })
  },
)
