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

export interface HostsOwedOptions {
  readonly count: number
  /** The host to go on after; empty for the first. */
  readonly after: string
}

/** Hosts that are owed something, due or not, in their order: each costs one look into the index, however much it is owed. */
export async function hostsOwed(
  sql: Sql,
  { count, after }: HostsOwedOptions,
): Promise<readonly string[]> {
  const rows = await sql.query<{ host: string }>(
    `with recursive hosts (host, n) as (
       (select ${HOST}, 1 from i2i.callbacks where done_at is null and ${HOST} > $1 order by ${HOST} limit 1)
       union all
       select (select ${HOST} from i2i.callbacks where done_at is null and ${HOST} > hosts.host order by ${HOST} limit 1),
         n + 1
       from hosts where hosts.host is not null and n < $2::int
     )
     select host from hosts where host is not null order by n`,
    [after, count],
  )
  return rows.map(({ host }) => host)
}

export interface CallbacksDueOptions {
  readonly count: number
  readonly leaseMs: number
  /** As `OwedToClient` has them; no other is asked for. */
  readonly hosts: readonly string[]
}

/**
 * Those that are due, for this caller alone until `leaseMs` are over; unanswered, they are due again after. Of each host
 * no more than `count` are read.
 */
export async function callbacksDue(
  sql: Sql,
  { count, leaseMs, hosts }: CallbacksDueOptions,
): Promise<readonly OwedToClient[]> {
  const rows = await sql.query<JobRow & Omit<OwedToClient, 'row'>>(
    `with first as materialized (
       select owed.job_id from unnest($3::text[]) as asked (host), lateral (
         select job_id, due_at from i2i.callbacks
         where done_at is null and ${HOST} = asked.host and due_at <= now()
         order by due_at limit $1
       ) owed order by owed.due_at limit $1
     ), mine as materialized (
       select job_id from i2i.callbacks
       where job_id = any(array(select job_id from first)) and done_at is null and due_at <= now()
       for update skip locked
     ), due as (
       update i2i.callbacks set due_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
       where job_id = any(array(select job_id from mine))
       returning job_id, url, ${HOST} as host, attempts
     )
     select due.url, due.host, due.attempts as attempt, ${jobColumns('j')}
     from due join i2i.jobs j on j.id = due.job_id`,
    [count, leaseMs, hosts],
  )
  return rows.map(({ url, host, attempt, ...row }) => ({ url, host, attempt, row }))
}

/** As the index `callbacks_by_host` has it. */
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
