/** Which of the jobs that wait for our workers go to the queue next: one of each caller before a second of any. */
import type { Job } from '#contract'
import type { Database, Sql } from '../database/database.ts'

export interface ToSend {
  readonly attemptId: string
  readonly jobId: string
  readonly job: Job
}

/** Any number, as long as nobody else locks it. */
const LOCK = 692_153_022

export interface LocalLine {
  /** Whether any job waits to be sent. */
  readonly waits: boolean
  /** Jobs that the workers have in line or in hand. */
  readonly held: number
}

/** A look at indexes: with it, most turns at which nothing is to be sent need nothing more. */
export async function localLine(sql: Sql): Promise<LocalLine> {
  const [line] = await sql.query<LocalLine>(
    `select exists (select 1 from i2i.attempts where provider = 'local-sdxl' and state = 'waiting') as waits,
       (select count(*)::int from i2i.attempts
        where provider = 'local-sdxl' and state in ('sent', 'running')) as held`,
  )
  return line ?? { waits: false, held: 0 }
}

/**
 * Takes as many as make `most` that the workers have in line or in hand. One gateway at a time: what another takes
 * meanwhile is counted at its next turn, and by nobody twice.
 */
export async function takeUpTo(database: Database, most: number): Promise<readonly ToSend[]> {
  return await database.transaction(async (sql) => {
    const [{ locked } = { locked: false }] = await sql.query<{ locked: boolean }>(
      'select pg_try_advisory_xact_lock($1) as locked',
      [LOCK],
    )
    if (!locked) return []
    const [{ held } = { held: most }] = await sql.query<{ held: number }>(
      `select count(*)::int as held from i2i.attempts
       where provider = 'local-sdxl' and state in ('sent', 'running')`,
    )
    return held < most ? await takeWaiting(sql, most - held) : []
  })
}

/**
 * Takes at most `count` of them, for this gateway alone: they are `sent` from here on. A caller's turn comes by how
 * many of theirs are with the workers or before in line, then by how long ago their last turn was, so that a backlog
 * of one delays no other. Of each caller no more are looked at than are taken, and of those alone the jobs.
 */
export async function takeWaiting(sql: Sql, count: number): Promise<readonly ToSend[]> {
  return await sql.query<ToSend>(
    `with held as materialized (
       select tenant, user_id, count(*) as n from i2i.attempts
       where provider = 'local-sdxl' and state in ('sent', 'running') group by 1, 2
     ), line as (
       select id, tenant, user_id, created_at,
         row_number() over (partition by tenant, user_id order by created_at, id) as n
       from i2i.attempts where provider = 'local-sdxl' and state = 'waiting'
     ), next as (
       select line.id, line.tenant, line.user_id,
         row_number() over (order by line.n + coalesce(held.n, 0), turns.at nulls first, line.created_at, line.id) as place
       from line
         left join held on held.tenant = line.tenant and held.user_id = line.user_id
         left join i2i.turns on turns.tenant = line.tenant and turns.user_id = line.user_id
       where line.n <= $1 order by place limit $1
     ), chosen as (
       select a.id from i2i.attempts a join i2i.jobs j on j.id = a.job_id
       where a.id in (select id from next) and a.state = 'waiting' and not j.cancel_asked
       for update of a skip locked
     ), sent as (
       update i2i.attempts a set state = 'sent', ref = a.job_id, sent_at = now()
       from chosen where a.id = chosen.id returning a.id, a.job_id
     ), noted as (
       insert into i2i.turns (tenant, user_id) select distinct tenant, user_id from next join sent using (id)
       on conflict (tenant, user_id) do update set at = now()
     )
     select sent.id as "attemptId", sent.job_id as "jobId", j.job
     from sent join next using (id) join i2i.jobs j on j.id = sent.job_id order by next.place`,
    [count],
  )
}
