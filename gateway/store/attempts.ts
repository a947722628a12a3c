/** Tries of jobs by providers: begun, sent, running, over. None of this ends a job; only `settle` does. */
import type { FailureCode } from '#contract'
import type { Sql } from '../database/database.ts'
import {
  type AttemptRow,
  attemptColumns,
  OPEN_ATTEMPT,
  type ProviderName,
  type Tried,
} from './job-row.ts'

export interface NextAttempt {
  readonly id: string
  readonly jobId: string
  readonly provider: ProviderName
  readonly notes: readonly string[]
  /** Why that provider, in a sentence; as it was before unless given. */
  readonly reason?: string | undefined
  /** The attempt that this one comes after, and how that ended. */
  readonly after: { readonly id: string; readonly state: 'failed' | 'cancelled' } & Tried
}

/**
 * Ends one attempt and begins the next, where the job is still open, nobody asked for its end, and that attempt is the
 * one under way. @returns false where not: nothing has changed then, and somebody else goes on with it.
 */
export async function beginNextAttempt(sql: Sql, next: NextAttempt): Promise<boolean> {
  const { after } = next
  const rows = await sql.query(
    `with j as (
       update i2i.jobs set provider = $6, notes = $7::jsonb, status = 'queued', tried = tried || $8::jsonb, attempt_id = $1,
         reason = coalesce($9, reason)
       where id = $2 and attempt_id = $3 and status in ('queued', 'processing') and not cancel_asked
       returning id, tenant, user_id
     ), ended as (
       update i2i.attempts set state = $4, code = $5, ended_at = now()
       where id = $3 and exists (select 1 from j) returning n
     )
     insert into i2i.attempts (id, job_id, n, provider, tenant, user_id)
     select $1, j.id, ended.n + 1, $6, j.tenant, j.user_id from j, ended returning id`,
    [
      next.id,
      next.jobId,
      after.id,
      after.state,
      after.code,
      next.provider,
      JSON.stringify(next.notes),
      JSON.stringify([{ provider: after.provider, code: after.code }]),
      next.reason ?? null,
    ],
  )
  return rows.length > 0
}

/** Before anything is sent: from here on only the provider knows. @returns false where it is no longer to be sent. */
export async function markSending(
  sql: Sql,
  id: string,
  { tokenHash, lookAgainMs }: { readonly tokenHash: string; readonly lookAgainMs: number },
): Promise<boolean> {
  const rows = await sql.query(
    `update i2i.attempts set state = 'sending', token_hash = $2, sent_at = now(),
       look_at = now() + $3 * interval '1 millisecond'
     where id = $1 and state = 'waiting' returning id`,
    [id, tokenHash, lookAgainMs],
  )
  return rows.length > 0
}

/** It is being worked on. @returns whether that is news; repeated, it changes nothing. */
export async function markRunning(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(
    `with j as (
       select id from i2i.jobs where attempt_id = $1 and status in ('queued', 'processing')
         and exists (select 1 from i2i.attempts where id = $1 and state in ('sending', 'sent'))
       for update
     ), begun as (
       update i2i.jobs set status = 'processing', started_at = coalesce(started_at, now())
       where id in (select id from j) and status = 'queued'
     )
     update i2i.attempts set state = 'running', running_at = coalesce(running_at, now())
     where id = $1 and state in ('sending', 'sent') and job_id in (select id from j) returning id`,
    [id],
  )
  return rows.length > 0
}

/** The attempt of a provider's that is due to be looked after, for this caller alone until `leaseMs` are over. */
export async function attemptsDue(
  sql: Sql,
  { providers, count, leaseMs }: DueOptions,
): Promise<readonly AttemptRow[]> {
  return await sql.query<AttemptRow>(
    `update i2i.attempts a set look_at = now() + $3 * interval '1 millisecond', looks = looks + 1
     where id in (
       select id from i2i.attempts
       where state in ${OPEN_ATTEMPT} and provider <> 'local-sdxl' and provider = any($1::text[])
         and look_at <= now()
       order by look_at limit $2 for update skip locked)
     returning ${attemptColumns('a')}`,
    [providers, count, leaseMs],
  )
}

export interface DueOptions {
  readonly providers: readonly ProviderName[]
  readonly count: number
  readonly leaseMs: number
}

/** When to look again; at once for 0. */
export async function lookAgain(sql: Sql, id: string, afterMs: number): Promise<void> {
  await sql.query(
    `update i2i.attempts set look_at = now() + $2 * interval '1 millisecond'
     where id = $1 and state in ${OPEN_ATTEMPT}`,
    [id, afterMs],
  )
}

/** The open attempt of a job; undefined where there is none. */
export async function openAttempt(sql: Sql, jobId: string): Promise<AttemptRow | undefined> {
  const [row] = await sql.query<AttemptRow>(
    `select ${attemptColumns('a')} from i2i.attempts a
     where job_id = $1 and state in ${OPEN_ATTEMPT} order by n desc limit 1`,
    [jobId],
  )
  return row
}

/** The attempt whose webhook URL carried the token; ended ones too, so that a late call is no stranger's. */
export async function attemptOfToken(sql: Sql, tokenHash: string): Promise<AttemptRow | undefined> {
  const [row] = await sql.query<AttemptRow>(
    `select ${attemptColumns('a')} from i2i.attempts a where token_hash = $1`,
    [tokenHash],
  )
  return row
}

/** The newest attempt of our own workers at a job. */
export async function localAttempt(sql: Sql, jobId: string): Promise<AttemptRow | undefined> {
  const [row] = await sql.query<AttemptRow>(
    `select ${attemptColumns('a')} from i2i.attempts a
     where job_id = $1 and provider = 'local-sdxl' order by n desc limit 1`,
    [jobId],
  )
  return row
}

/** What an attempt that came to nothing has cost us. */
export async function recordCost(sql: Sql, id: string, micros: number, code?: FailureCode) {
  await sql.query(
    'update i2i.attempts set cost_micros = $2, code = coalesce($3, code) where id = $1',
    [id, Math.round(micros), code ?? null],
  )
}
