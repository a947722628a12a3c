/** The job that a client of the web UI's API means by "the" job: the oldest of theirs that is not over. */
import type { Database } from '../database/database.ts'
import { type JobRow, jobColumns, type Owner } from '../store/job-row.ts'

export interface OpenJobs {
  /** What is being drawn, else what is next; undefined where nothing is. */
  readonly current: JobRow | undefined
  readonly count: number
}

const MOST = 100

/** This caller's that were asked for in this manner, and nobody else's. */
export async function openSdapiJobs(
  database: Database,
  { tenant, userId }: Owner,
): Promise<OpenJobs> {
  const rows = await database.query<JobRow>(
    `select ${jobColumns('j')} from i2i.jobs j
     where tenant = $1 and user_id = $2 and surface = 'sdapi' and status in ('queued', 'processing')
     order by status = 'queued', created_at, id limit ${MOST}`,
    [tenant, userId],
  )
  return { current: rows[0], count: rows.length }
}
