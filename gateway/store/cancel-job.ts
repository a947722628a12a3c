/** A caller's wish that a job should not be: remembered, so that no other provider begins it. */
import type { Sql } from '../database/database.ts'
import type { JobStatus, Owner } from './job-row.ts'

/** @returns the state the job has now, as ended ones keep it; undefined for one that is not the owner's. */
export async function askToCancel(
  sql: Sql,
  id: string,
  { tenant, userId }: Owner,
): Promise<JobStatus | undefined> {
  const [row] = await sql.query<{ status: JobStatus }>(
    `update i2i.jobs set cancel_asked = cancel_asked or status in ('queued', 'processing')
     where id = $1 and tenant = $2 and user_id = $3 returning status`,
    [id, tenant, userId],
  )
  return row?.status
}

/** Jobs whose end was asked for and has not come: whoever was to see to it may have died. Oldest wish first. */
export async function unansweredWishes(sql: Sql, count: number): Promise<readonly string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from i2i.jobs where cancel_asked and status in ('queued', 'processing')
     order by created_at limit $1`,
    [count],
  )
  return rows.map(({ id }) => id)
}
