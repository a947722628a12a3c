/** The one terminal transition of a job, with its charge and the callback that is then owed: in one statement. */
import type { FailureCode, JobResult } from '#contract'
import type { Sql } from '../database/database.ts'
import { OPEN_ATTEMPT } from './job-row.ts'

export type Ending =
  | { readonly status: 'completed'; readonly result: JobResult; readonly costMicros?: number }
  | {
      readonly status: 'failed'
      readonly code: FailureCode
      readonly message: string
      readonly costMicros?: number
    }
  | { readonly status: 'cancelled'; readonly costMicros?: number }

/**
 * The first that comes is the end: the job gets its state and result, the caller one charge where it was completed, the
 * client one callback where it asked for one, every picture its place in the register, and whatever else was tried is superseded. A picture ends the job,
 * whichever attempt made it; any other end is one of the attempt that is under way alone.
 * @returns `superseded` where it ended nothing: the job was over already, or another attempt goes on with it.
 */
export async function settle(
  sql: Sql,
  attempt: { readonly id: string; readonly jobId: string },
  ending: Ending,
): Promise<'settled' | 'superseded'> {
  const { status } = ending
  const result = status === 'completed' ? storable(ending.result) : null
  const failure =
    status === 'failed' ? storable({ code: ending.code, message: ending.message }) : null
  const images = status === 'completed' ? ending.result.assets.length : 0
  const rows = await sql.query(STATEMENT, [
    attempt.id,
    attempt.jobId,
    status,
    result,
    failure,
    images,
    ending.costMicros === undefined ? null : Math.round(ending.costMicros),
    status === 'failed' ? ending.code : null,
  ])
  return rows.length > 0 ? 'settled' : 'superseded'
}

/**
 * As JSON, with U+FFFD for what Postgres keeps in none: NUL and half a surrogate pair. Whoever made the picture has
 * written it, and a job that could not be kept for a sign in its prompt would never end.
 */
const storable = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    typeof each === 'string' ? each.replace(/\0|\p{Surrogate}/gu, '\ufffd') : each,
  )

const STATEMENT = `
  with ended as (
    update i2i.jobs set status = $3, won_attempt = $1, result = $4::jsonb, failure = $5::jsonb,
      finished_at = now(), started_at = coalesce(started_at, now())
    where id = $2 and status in ('queued', 'processing') and ($3 = 'completed' or attempt_id = $1)
    returning id, tenant, user_id, job, mode, provider
  ), charged as (
    insert into i2i.charges (job_id, attempt_id, tenant, user_id, images, cost_micros)
    select id, $1, tenant, user_id, $6::int, $7::bigint from ended where $3 = 'completed'
  ), owed as (
    insert into i2i.callbacks (job_id, url)
    select id, job #>> '{callback,url}' from ended where job #>> '{callback,url}' is not null
    on conflict (job_id) do nothing
  ), made as (
    insert into i2i.outputs (path, thumbnail_path, job_id, tenant, user_id, sha256, mode, model, content_mode,
      parents, from_words)
    select asset ->> 'path', asset ->> 'thumbnailPath', e.id, e.tenant, e.user_id, asset ->> 'sha256',
      e.mode, coalesce($4::jsonb ->> 'model', e.provider), e.job ->> 'contentMode', p.parents,
      e.mode = 'txt2img' or (cardinality(p.parents) > 0
        and (select bool_and(i2i.is_from_words(parent)) from unnest(p.parents) parent))
    from ended e, jsonb_array_elements($4::jsonb -> 'assets') asset,
      (select coalesce(array_agg(r.value), '{}') as parents
       from jsonb_array_elements_text(coalesce($4::jsonb -> 'references', '[]')) r) p
    on conflict (path) do update set sha256 = excluded.sha256, job_id = excluded.job_id,
      parents = excluded.parents, from_words = excluded.from_words
  ), mine as (
    update i2i.attempts set ended_at = now(), look_at = now(), code = coalesce($8, code),
      cost_micros = coalesce($7::bigint, cost_micros),
      state = case when not exists (select 1 from ended) then 'superseded'
                   when $3 = 'completed' then 'won' else $3 end
    where id = $1 and (state in ${OPEN_ATTEMPT} or exists (select 1 from ended))
  ), others as (
    update i2i.attempts set state = 'superseded', ended_at = now(), look_at = now()
    where job_id = $2 and id <> $1 and state in ${OPEN_ATTEMPT} and exists (select 1 from ended)
  )
  select id from ended`
