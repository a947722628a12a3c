/** How long our workers take for jobs of each class, and which of theirs take longer than such jobs do. */
import type { FailureCode } from '#contract'
import type { Sql } from '../database/database.ts'
import { type AttemptRow, attemptColumns } from './job-row.ts'

export interface RunTime {
  readonly class: string
  /** Milliseconds for one run of the network, which all but one of a hundred jobs stay below. */
  readonly p99Ms: number
}

/** What of a job its time grows with. */
const RUNS = `greatest(1, (j.planned ->> 'images')::int * (j.planned ->> 'networkRuns')::int)`
/** Of each class, before its times say anything. */
const FEWEST = 20
const MOST = 2_000

/**
 * Of the last day's jobs. One that nobody saw running took no longer than a look at the workers is apart, a second.
 */
export async function runTimes(sql: Sql): Promise<readonly RunTime[]> {
  return await sql.query<RunTime>(
    `select class, percentile_disc(0.99) within group (order by ms)::float8 as "p99Ms" from (
       select j.class, extract(epoch from coalesce(a.ended_at - a.running_at, interval '1 second')) * 1000 / ${RUNS} as ms
       from i2i.jobs j join i2i.attempts a on a.id = j.won_attempt
       where j.finished_at > now() - interval '1 day' and j.status = 'completed' and a.provider = 'local-sdxl'
       order by j.finished_at desc limit ${MOST}) done
     group by class having count(*) >= ${FEWEST}`,
  )
}

export interface OverrunLimits {
  readonly runTimes: readonly RunTime[]
  /** Times the p99. */
  readonly factor: number
  /** That every job has. */
  readonly leastMs: number
  /** That must be left to the deadline, for another provider. */
  readonly leftMs: number
  /** Of those that were found before. */
  readonly except: FailureCode
  readonly count: number
}

/** Attempts of our workers that another provider may still do, and that have run for longer than their limit. */
export async function overrunning(sql: Sql, limits: OverrunLimits): Promise<readonly AttemptRow[]> {
  const byClass = Object.fromEntries(limits.runTimes.map((each) => [each.class, each.p99Ms]))
  return await sql.query<AttemptRow>(
    `select ${attemptColumns('a')} from i2i.attempts a join i2i.jobs j on j.id = a.job_id
       join jsonb_each_text($1::jsonb) p99 on p99.key = j.class
     where a.provider = 'local-sdxl' and a.state = 'running' and a.code is distinct from $5
       and j.attempt_id = a.id and j.only_provider is null and not j.cancel_asked
       and j.deadline_at > now() + $4 * interval '1 millisecond'
       and now() > a.running_at
         + greatest($3::float8, $2::float8 * p99.value::float8 * ${RUNS}) * interval '1 millisecond'
     order by a.running_at limit $6`,
    [
      JSON.stringify(byClass),
      limits.factor,
      limits.leastMs,
      limits.leftMs,
      limits.except,
      limits.count,
    ],
  )
}

/** That an attempt that runs is being left, and since when. @returns false where another has marked it, or it ended. */
export async function markOverrun(sql: Sql, id: string, code: FailureCode): Promise<boolean> {
  const rows = await sql.query(
    `update i2i.attempts set code = $2, look_at = now()
     where id = $1 and state = 'running' and code is distinct from $2 returning id`,
    [id, code],
  )
  return rows.length > 0
}

export interface UnansweredOptions {
  readonly code: FailureCode
  /** Since it was left. */
  readonly afterMs: number
  readonly count: number
}

/** Those that were left so long ago, and whose worker has not said that it let go. */
export async function unansweredOverruns(
  sql: Sql,
  { code, afterMs, count }: UnansweredOptions,
): Promise<readonly AttemptRow[]> {
  return await sql.query<AttemptRow>(
    `select ${attemptColumns('a')} from i2i.attempts a
     where a.provider = 'local-sdxl' and a.state = 'running' and a.code = $1
       and a.look_at <= now() - $2 * interval '1 millisecond'
     order by a.look_at limit $3`,
    [code, afterMs, count],
  )
}
