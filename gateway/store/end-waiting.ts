/** Takes a job's open attempt back, if nobody has begun with it. */
import type { Database } from '../database/database.ts'
import type { AttemptRow } from './job-row.ts'
import { attemptColumns, OPEN_ATTEMPT } from './job-row.ts'
import { type Ending, settle } from './settle.ts'

/**
 * Ends the job where its attempt still waits here. Whoever takes waiting attempts has it before or never.
 * @returns the open attempt as it is where somebody has it; undefined where the job is over, by this or before.
 */
export async function endIfWaiting(
  database: Database,
  jobId: string,
  ending: Exclude<Ending, { readonly status: 'completed' }>,
): Promise<AttemptRow | undefined> {
  return await database.transaction(async (sql) => {
    // In the order of all that lock both: the job, then its attempts.
    const open = await sql.query(
      `select 1 from i2i.jobs where id = $1 and status in ('queued', 'processing') for update`,
      [jobId],
    )
    if (open.length === 0) return undefined
    const [attempt] = await sql.query<AttemptRow>(
      `select ${attemptColumns('a')} from i2i.attempts a
       where a.job_id = $1 and a.state in ${OPEN_ATTEMPT} order by n desc limit 1 for update`,
      [jobId],
    )
    if (attempt?.state !== 'waiting') return attempt
    await settle(sql, attempt, ending)
    return undefined
  })
}
