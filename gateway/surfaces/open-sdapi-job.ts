/** The job that a client of the web UI's API means by "the" job: the oldest of theirs that is not over. */
import type { Database } from '../database/database.ts'
import { type JobRow, jobColumns, type Owner } from '../store/job-row.ts'

export interface OpenJobs {
  /** What is being drawn, else what is next; undefined where nothing is. */
  readonly current: JobRow | undefined
  readonly count: number
}

/** This caller's that were asked for in this manner, and nobody else's. */
export async function openSdapiJobs(
  database: Database,
  { tenant, userId }: Owner,
): Promise<OpenJobs> {
  const [row] = await database.query<JobRow & { readonly count: number }>(
    `select ${jobColumns('j')}, count(*) over ()::int as count from i2i.jobs j
     where tenant = $1 and user_id = $2 and surface = 'sdapi' and status in ('queued', 'processing')
     order by status = 'queued', created_at, id limit 1`,
    [tenant, userId],
  )
  return { current: row, count: row?.count ?? 0 }
}
