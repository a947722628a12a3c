/** What is kept of jobs that are over, and which of it has had its time. A batch at a time: no lock is held for long. */
import type { Asset } from '#contract'
import type { Sql } from '../database/database.ts'
import type { JobStatus, Owner } from './job-row.ts'

export interface Purgeable {
  readonly id: string
  readonly assets: readonly Pick<Asset, 'path' | 'thumbnailPath'>[]
}

const purgeable = `j.id, coalesce(j.result -> 'assets', '[]'::jsonb) as assets`

/** @returns the state that the job has; undefined for one that is not the owner's. */
export async function askToPurge(
  sql: Sql,
  id: string,
  { tenant, userId }: Owner,
): Promise<JobStatus | undefined> {
  const [row] = await sql.query<{ status: JobStatus }>(
    `update i2i.jobs set purge_asked = true
     where id = $1 and tenant = $2 and user_id = $3 returning status`,
    [id, tenant, userId],
  )
  return row?.status
}

/**
 * Over, not purged, and asked for or older than `ageMs`. `skip`: so many that could not be purged just now. Each kind by
 * an index of its own: what is still to be kept is most of the table, and is not looked at.
 */
export async function jobsToPurge(
  sql: Sql,
  { ageMs, count, skip }: { readonly ageMs: number; readonly count: number; readonly skip: number },
): Promise<readonly Purgeable[]> {
  return await sql.query<Purgeable>(
    `select ${purgeable} from (
       select id, result, finished_at from i2i.jobs
       where purge_asked and purged_at is null and finished_at is not null
       union all
       select id, result, finished_at from i2i.jobs
       where finished_at < now() - $1 * interval '1 millisecond' and purged_at is null and finished_at is not null
         and result is not null and not purge_asked
     ) j
     order by j.finished_at limit $2 offset $3`,
    [ageMs, count, skip],
  )
}

export async function jobToPurge(sql: Sql, id: string): Promise<Purgeable | undefined> {
  const [row] = await sql.query<Purgeable>(
    `select ${purgeable} from i2i.jobs j where j.id = $1 and j.finished_at is not null and j.purged_at is null`,
    [id],
  )
  return row
}

/**
 * The files are gone; where the caller asked for it, the words go too. That it was, what it cost, and the hashes of
 * what was given out stay, as long as rows do.
 */
export async function markPurged(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `update i2i.jobs set purged_at = now(),
       result = case when result is null then null
         when purge_asked then (result - 'prompt' #- '{effective,negativePrompt}') || '{"assets": []}'::jsonb
         else result || '{"assets": []}'::jsonb end,
       planned = case when purge_asked then planned || '{"prompt": "", "negativePrompt": null}'::jsonb else planned end,
       job = case when purge_asked
         then (job - 'reference' - 'furtherReferences' - 'callback') || jsonb_build_object('metadata', '{}'::jsonb,
           'asked', ((job -> 'asked') - 'style') || '{"prompt": "", "negativePrompt": null}'::jsonb)
         else job end
     where id = $1 and purged_at is null`,
    [id],
  )
}

export interface OldRows {
  readonly ageMs: number
  readonly count: number
}

/** Of each kind: @returns how many went, `count` where there may be more. */
export const deleteOld = {
  /** With their attempts, charges and callbacks. One that still owes a callback stays. */
  jobs: (sql: Sql, old: OldRows) =>
    deleted(
      sql,
      old,
      `with gone as (
         delete from i2i.jobs where id in (
           select j.id from i2i.jobs j where j.finished_at < now() - $1 * interval '1 millisecond'
             and (j.purged_at is not null or j.result is null)
             and not exists (select 1 from i2i.callbacks c where c.job_id = j.id and c.done_at is null)
           order by j.finished_at limit $2)
         returning id
       ), keys as (
         delete from i2i.idempotency_keys where job_id in (select id from gone)
       ), given as (
         delete from i2i.outputs where job_id in (select id from gone)
       )
       select id from gone`,
    ),
  idempotencyKeys: (sql: Sql, old: OldRows) =>
    deleted(
      sql,
      old,
      `delete from i2i.idempotency_keys where (tenant, user_id, key) in (
         select tenant, user_id, key from i2i.idempotency_keys
         where created_at < now() - $1 * interval '1 millisecond' limit $2)
       returning 1`,
    ),
  turns: (sql: Sql, old: OldRows) =>
    deleted(
      sql,
      old,
      `delete from i2i.turns where (tenant, user_id) in (
         select tenant, user_id from i2i.turns where at < now() - $1 * interval '1 millisecond' limit $2)
       returning 1`,
    ),
  webhookEvents: (sql: Sql, old: OldRows) =>
    deleted(
      sql,
      old,
      `delete from i2i.webhook_events where (provider, event_id) in (
         select provider, event_id from i2i.webhook_events
         where at < now() - $1 * interval '1 millisecond' limit $2)
       returning 1`,
    ),
} as const

async function deleted(sql: Sql, { ageMs, count }: OldRows, text: string): Promise<number> {
  return (await sql.query(text, [ageMs, count])).length
}

/** Paths of references that were uploaded so long ago, and that no open job draws from. */
export async function oldUploads(
  sql: Sql,
  { ageMs, count, skip }: OldRows & { readonly skip: number },
): Promise<readonly string[]> {
  const rows = await sql.query<{ path: string }>(
    `with used as materialized (
       select job #>> '{reference,path}' as path from i2i.jobs where status in ('queued', 'processing')
       union all
       select further #>> '{}' from i2i.jobs, jsonb_path_query(job, '$.furtherReferences[*].path') further
       where status in ('queued', 'processing') and job ? 'furtherReferences'
     )
     select u.path from i2i.uploads u where u.created_at < now() - $1 * interval '1 millisecond'
       and not exists (select 1 from used where used.path = u.path)
     order by u.created_at limit $2 offset $3`,
    [ageMs, count, skip],
  )
  return rows.map(({ path }) => path)
}

export async function deleteUpload(sql: Sql, path: string): Promise<void> {
  await sql.query('delete from i2i.uploads where path = $1', [path])
}
