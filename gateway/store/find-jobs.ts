/** Reads jobs: one of a caller's, several of theirs, or one for ourselves. */
import { gather } from '#platform/gather.ts'
import type { Sql } from '../database/database.ts'
import { type JobRow, jobColumns, type Owner } from './job-row.ts'

/** Undefined also for another owner's. */
export async function jobOf(sql: Sql, id: string, owner: Owner): Promise<JobRow | undefined> {
  const [row] = await sql.query<JobRow>(
    `select ${jobColumns('j')} from i2i.jobs j where id = $1 and tenant = $2 and user_id = $3`,
    [id, owner.tenant, owner.userId],
  )
  return row
}

export type FindJob = (id: string, owner: Owner) => Promise<JobRow | undefined>

/** As `jobOf`, for as many as ask: those that come together are asked for in one statement, which begins after them. */
export function createFindJob(sql: Sql): FindJob {
  const find = gather(
    async (ids: readonly string[]) => {
      const rows = await sql.query<JobRow>(
        `select ${jobColumns('j')} from i2i.jobs j where id = any($1::text[])`,
        [[...new Set(ids)]],
      )
      const found = new Map(rows.map((row) => [row.id, row]))
      return ids.map((id) => found.get(id))
    },
    { most: 64, lanes: 2 },
  )
  return async (id, { tenant, userId }) => {
    const row = await find(id)
    return row?.tenant === tenant && row.userId === userId ? row : undefined
  }
}

/** Whoever's it is: for the gateway's own work. */
export async function jobById(sql: Sql, id: string): Promise<JobRow | undefined> {
  const [row] = await sql.query<JobRow>(`select ${jobColumns('j')} from i2i.jobs j where id = $1`, [
    id,
  ])
  return row
}

export interface Page {
  readonly limit: number
  /** The last job of the page before. */
  readonly after?: string | undefined
}

/** Newest first; a purged job is shown without what was deleted. */
export async function jobsOf(
  sql: Sql,
  owner: Owner,
  { limit, after }: Page,
): Promise<readonly JobRow[]> {
  return await sql.query<JobRow>(
    `select ${jobColumns('j')} from i2i.jobs j
     where tenant = $1 and user_id = $2
       and ($3::text is null or (created_at, id) <
            (select created_at, id from i2i.jobs where id = $3 and tenant = $1 and user_id = $2))
     order by created_at desc, id desc limit $4`,
    [owner.tenant, owner.userId, after ?? null, limit],
  )
}
