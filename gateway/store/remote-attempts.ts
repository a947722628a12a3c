/** What only attempts at other providers need: names that are learnt late, webhooks heard once, and being let go. */
import type { Sql } from '../database/database.ts'
import type { Composed } from '../providers/sent.ts'
import type { DueOptions } from './attempts.ts'
import { type AttemptRow, attemptColumns, type ProviderName } from './job-row.ts'

/**
 * Ends this caller's turn, and says when the next is; one that somebody asked for meanwhile is not put off. To be called
 * before the lease of `attemptsDue` has lapsed.
 */
export async function putOff(sql: Sql, id: string, afterMs: number): Promise<void> {
  await sql.query(
    `update i2i.attempts set look_at = now() + $2 * interval '1 millisecond'
     where id = $1 and look_at > now()`,
    [id, afterMs],
  )
}

/**
 * The provider's own name for it, also where the attempt is over by now, so that it can be let go. A webhook may have
 * told a part of the name before; what it has asked for is not put off then.
 */
export async function learnRef(
  sql: Sql,
  {
    id,
    ref,
    lookAgainMs,
  }: { readonly id: string; readonly ref: string; readonly lookAgainMs: number },
): Promise<void> {
  await sql.query(
    `update i2i.attempts set ref = $2,
       look_at = case when ref is null then now() + $3 * interval '1 millisecond' else look_at end,
       looks = case when ref is null then 0 else looks end,
       state = case when state in ('waiting', 'sending') then 'sent' else state end
     where id = $1 and (ref is null or position(ref in $2) > 0)`,
    [id, ref, lookAgainMs],
  )
}

/**
 * What an attempt is about to be sent, and what of the job that leaves out: the last word on either, right before the
 * request that is paid for. Once for each attempt, so that of two gateways that have it in hand one alone orders.
 * @returns false where nothing is to be ordered: the other has, or nobody wants it any more.
 */
export async function noteComposed(
  sql: Sql,
  id: string,
  { sent, notes }: Composed,
): Promise<boolean> {
  const rows = await sql.query(
    `with j as (
       select id from i2i.jobs where attempt_id = $1 and status in ('queued', 'processing') and not cancel_asked
       for update
     ), a as (
       update i2i.attempts set sent = $2::jsonb
       where id = $1 and state = 'sending' and sent is null and job_id in (select id from j) returning id
     ), noted as (
       update i2i.jobs set notes = $3::jsonb where id in (select id from j) and exists (select 1 from a)
     )
     select id from a`,
    [id, JSON.stringify(sent), JSON.stringify(notes)],
  )
  return rows.length > 0
}

/**
 * An attempt whose gateway was cut off before it ordered anything waits once more, as if nobody had begun with it.
 * @returns false where something may have been ordered.
 */
export async function takeBack(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(
    `update i2i.attempts set state = 'waiting', sent_at = null
     where id = $1 and state = 'sending' and sent is null and ref is null returning id`,
    [id],
  )
  return rows.length > 0
}

export interface HeardWebhook {
  readonly provider: ProviderName
  readonly eventId: string
  readonly attemptId: string
  /** The provider's name for it, or the part of it that is its own alone. */
  readonly ref: string
}

/**
 * Remembers the event, and has its attempt looked after at once. The name is learnt from it where the answer to the
 * request has not come yet. @returns false for an event that was heard before, and for one of another ref.
 */
export async function hearWebhook(
  sql: Sql,
  { provider, eventId, attemptId, ref }: HeardWebhook,
): Promise<boolean> {
  const rows = await sql.query(
    `with heard as (
       insert into i2i.webhook_events (provider, event_id) values ($1, $2)
       on conflict do nothing returning event_id
     )
     update i2i.attempts set ref = coalesce(ref, $4), look_at = now(), looks = 0,
       state = case when state in ('waiting', 'sending') then 'sent' else state end
     where id = $3 and (ref is null or position($4 in ref) > 0) and exists (select 1 from heard) returning id`,
    [provider, eventId, attemptId, ref],
  )
  return rows.length > 0
}

/** Attempts that came to nothing while the provider had them, for this caller alone until `leaseMs` are over. */
export async function attemptsToLetGo(
  sql: Sql,
  { providers, count, leaseMs }: DueOptions,
): Promise<readonly AttemptRow[]> {
  return await sql.query<AttemptRow>(
    `update i2i.attempts a set look_at = now() + $3 * interval '1 millisecond', looks = looks + 1
     where id in (
       select id from i2i.attempts
       where state in ('failed', 'superseded', 'cancelled') and let_go_at is null and ref is not null
         and provider <> 'local-sdxl' and provider = any($1::text[]) and look_at <= now()
       order by look_at limit $2 for update skip locked)
     returning ${attemptColumns('a')}`,
    [providers, count, leaseMs],
  )
}

/** Nothing of it is left at the provider that should be stopped or asked for. */
export async function markLetGo(sql: Sql, id: string): Promise<void> {
  await sql.query('update i2i.attempts set let_go_at = now() where id = $1', [id])
}
