/** What the one who watches jobs for all asks the database: which have changed, and where in line they are. */
import type { Sql } from '../database/database.ts'
import { type AttemptState, type JobRow, jobColumns } from '../store/job-row.ts'

export interface WatchedRow extends JobRow {
  /** Of the attempt under way; null where it is gone. */
  readonly attemptState: AttemptState | null
}

/** What is known of a job already, as `markOf` has it; '' for one of which nothing is. */
export interface Known {
  readonly id: string
  readonly mark: string
}

/** What tells one state of a job from the next. */
export const markOf = ({ status, attemptId, attemptState }: WatchedRow): string =>
  `${status} ${attemptId} ${attemptState ?? ''}`

/** Those that are not as they were known; whose there is no row is not among them. */
export async function changedRows(
  sql: Sql,
  known: readonly Known[],
): Promise<readonly WatchedRow[]> {
  return await sql.query<WatchedRow>(CHANGED, [
    known.map(({ id }) => id),
    known.map(({ mark }) => mark),
  ])
}

const CHANGED = `
  select ${jobColumns('j')}, a.state as "attemptState"
  from unnest($1::text[], $2::text[]) as known (id, mark)
    join i2i.jobs j on j.id = known.id left join i2i.attempts a on a.id = j.attempt_id
  where concat(j.status, ' ', j.attempt_id, ' ', a.state) <> known.mark`

export interface Place {
  readonly jobId: string
  /** From 1, those that run before it counted. */
  readonly position: number
  /** Those before it that nobody has begun. */
  readonly ahead: number
}

/** In the order in which our workers get them: what was sent, then each caller's turn, as `takeWaiting` has it. */
export async function placesOf(sql: Sql, ids: readonly string[]): Promise<readonly Place[]> {
  return await sql.query<Place>(PLACES, [ids])
}

/** Of those that wait, attempts alone say whose turn it is: a line is thousands of jobs, and is counted every other second. */
const PLACES = `
  with held as (
    select tenant, user_id, count(*) as n from i2i.attempts
    where provider = 'local-sdxl' and state in ('sent', 'running') group by 1, 2
  ), unwanted as materialized (
    select id from i2i.jobs where cancel_asked and status in ('queued', 'processing')
  ), waiting as (
    select a.job_id, a.created_at, a.id, turns.at as last,
      row_number() over (partition by a.tenant, a.user_id order by a.created_at, a.id) + coalesce(held.n, 0) as turn
    from i2i.attempts a
      left join held on held.tenant = a.tenant and held.user_id = a.user_id
      left join i2i.turns on turns.tenant = a.tenant and turns.user_id = a.user_id
    where a.provider = 'local-sdxl' and a.state = 'waiting' and a.job_id not in (select id from unwanted)
  ), line as (
    select job_id, case state when 'running' then 0 else 1 end as lane, 0 as turn, null::timestamptz as last,
      coalesce(sent_at, created_at) as at, id
    from i2i.attempts where provider = 'local-sdxl' and state in ('sent', 'running')
    union all
    select job_id, 2, turn, last, created_at, id from waiting
  ), placed as (
    select job_id, row_number() over (order by lane, turn, last nulls first, at, id) as position,
      count(*) filter (where lane = 0) over () as running
    from line
  )
  select job_id as "jobId", position::int as position, greatest(0, position - 1 - running)::int as ahead
  from placed where job_id = any($1::text[])`
