/** Callbacks that clients are owed, as rows. */
import type { Sql } from '../database/database.ts'
import { type JobRow, jobColumns } from './job-row.ts'

export interface OwedToClient {
  readonly url: string
  /** Of the URL, with its port. */
  readonly host: string
  /** From 1. */
  readonly attempt: number
  readonly row: JobRow
}

export interface CallbacksDueOptions {
  readonly count: number
  readonly leaseMs: number
  /** Hosts, as `OwedToClient` has them, that are to be left alone. */
  readonly exceptHosts: readonly string[]
}

/** Those that are due, for this caller alone until `leaseMs` are over; unanswered, they are due again after. */
export async function callbacksDue(
  sql: Sql,
  { count, leaseMs, exceptHosts }: CallbacksDueOptions,
): Promise<readonly OwedToClient[]> {
  const rows = await sql.query<JobRow & Omit<OwedToClient, 'row'>>(
    `with due as (
       update i2i.callbacks set due_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
       where job_id in (
         select job_id from i2i.callbacks
         where done_at is null and due_at <= now() and ${HOST} <> all($3::text[])
         order by due_at limit $1 for update skip locked)
       returning job_id, url, ${HOST} as host, attempts
     )
     select due.url, due.host, due.attempts as attempt, ${jobColumns('j')}
     from due join i2i.jobs j on j.id = due.job_id`,
    [count, leaseMs, exceptHosts],
  )
  return rows.map(({ url, host, attempt, ...row }) => ({ url, host, attempt, row }))
}

const HOST = `split_part(url, '/', 3)`

/** Taken, or given up; `outcome` is a word. */
export async function callbackDone(sql: Sql, jobId: string, outcome: string): Promise<void> {
  await sql.query('update i2i.callbacks set done_at = now(), outcome = $2 where job_id = $1', [
    jobId,
    outcome,
  ])
}

export async function callbackLater(sql: Sql, jobId: string, delayMs: number): Promise<void> {
  await sql.query(
    `update i2i.callbacks set due_at = now() + $2 * interval '1 millisecond'
     where job_id = $1 and done_at is null`,
    [jobId, delayMs],
  )
}
