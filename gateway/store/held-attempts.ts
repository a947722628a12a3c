/** What our workers have in line or in hand, as the database knows it. */
import type { Job } from '#contract'
import type { Sql } from '../database/database.ts'

export interface HeldAttempt {
  readonly id: string
  readonly jobId: string
  readonly state: 'sent' | 'running'
  /** Milliseconds since it went to the queue. */
  readonly sentAgoMs: number
}

/** Oldest first; at most `count`, which is far more than are ever sent at a time. */
export async function heldAttempts(sql: Sql, count: number): Promise<readonly HeldAttempt[]> {
  return await sql.query<HeldAttempt>(
    `select id, job_id as "jobId", state,
       (extract(epoch from now() - coalesce(sent_at, created_at)) * 1000)::float8 as "sentAgoMs"
     from i2i.attempts where provider = 'local-sdxl' and state in ('sent', 'running')
     order by created_at limit $1`,
    [count],
  )
}

/** The job of an attempt that is to go to the queue once more; undefined where it is no longer to go. */
export async function jobToResend(sql: Sql, attemptId: string): Promise<Job | undefined> {
  const [row] = await sql.query<{ job: Job }>(
    `update i2i.attempts a set state = 'sent', sent_at = now() from i2i.jobs j
     where a.id = $1 and a.state in ('sent', 'running') and j.id = a.job_id and j.attempt_id = a.id
       and not j.cancel_asked and j.status in ('queued', 'processing')
     returning j.job`,
    [attemptId],
  )
  return row?.job
}
