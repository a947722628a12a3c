/** Which jobs have waited too long for our workers, and which nobody wants any more. */
import type { FailureCode } from '#contract'
import type { Sql } from '../database/database.ts'
import { type AttemptRow, attemptColumns } from './job-row.ts'

/**
 * Attempts of our workers that have not begun when `share` of the time between acceptance and deadline is over, for
 * this caller alone until `leaseMs` are over.
 */
export async function waitedTooLong(
  sql: Sql,
  options: { readonly share: number; readonly count: number; readonly leaseMs: number },
): Promise<readonly AttemptRow[]> {
  return await sql.query<AttemptRow>(
    `update i2i.attempts a set look_at = now() + $3 * interval '1 millisecond'
     where a.id in (
       select w.id from i2i.attempts w join i2i.jobs j on j.id = w.job_id
       where w.provider = 'local-sdxl' and w.state in ('waiting', 'sent') and w.look_at <= now()
         and j.attempt_id = w.id and j.only_provider is null and not j.cancel_asked
         and j.status in ('queued', 'processing') and j.deadline_at > now() and now() > j.created_at + (j.deadline_at - j.created_at) * $1::float8
       order by j.deadline_at limit $2 for update of w skip locked)
     returning ${attemptColumns('a')}`,
    [options.share, options.count, options.leaseMs],
  )
}

/** Open attempts of jobs whose deadline passed so many milliseconds ago, longest first. */
export async function expired(
  sql: Sql,
  options: { readonly local: boolean; readonly graceMs: number; readonly count: number },
): Promise<readonly AttemptRow[]> {
  return await sql.query<AttemptRow>(
    `select ${attemptColumns('a')} from i2i.jobs j join i2i.attempts a on a.id = j.attempt_id
     where j.status in ('queued', 'processing') and (a.provider = 'local-sdxl') = $1
       and j.deadline_at <= now() - $2 * interval '1 millisecond'
     order by j.deadline_at limit $3`,
    [options.local, options.graceMs, options.count],
  )
}

/** That an attempt is being left, and why, before anybody is asked to drop it. @returns false where it has ended. */
export async function markLeaving(sql: Sql, id: string, code: FailureCode): Promise<boolean> {
  const rows = await sql.query(
    `update i2i.attempts set code = $2 where id = $1 and state in ('waiting', 'sent', 'running') returning id`,
    [id, code],
  )
  return rows.length > 0
}
