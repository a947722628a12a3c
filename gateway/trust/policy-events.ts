/** What the policy decided, written down without content; and what follows for who runs into it again and again. */
import type { ContentMode, FailureCode, Mode } from '#contract'
import type { Strikes } from '../../policy/config.ts'
import type { RuleClass } from '../../policy/refusal.ts'
import type { Sql } from '../database/database.ts'
import type { Owner, Surface } from '../store/job-row.ts'

export interface PolicyEvent extends Owner {
  /** The id of a key, the subject of a token, or `local`. */
  readonly caller: string
  readonly jobId?: string | undefined
  readonly surface?: Surface | undefined
  /** Who asked: this gateway, a worker or provider of whom it heard, or a person. */
  readonly stage: 'gateway' | 'worker' | 'provider' | 'person'
  readonly outcome: 'refused' | 'cleared' | 'lifted' | 'taken-down'
  readonly rule?: RuleClass | string | undefined
  readonly code?: FailureCode | undefined
  readonly rulesVersion?: string | undefined
  readonly mode?: Mode | undefined
  readonly contentMode?: ContentMode | undefined
  /** SHA-256 of pictures, in hexadecimal. */
  readonly pictures?: readonly string[] | undefined
  /** What was attested. */
  readonly statement?: string | undefined
  readonly isStrike?: boolean | undefined
}

/** @returns until when the caller is suspended, where this was one strike too many. */
export async function recordEvent(
  sql: Sql,
  event: PolicyEvent,
  strikes?: Strikes,
): Promise<Date | undefined> {
  const { most = 0, windowMs = 0, suspensionMs = 0 } = strikes ?? {}
  const [suspended] = await sql.query<{ until: Date }>(RECORD, [
    event.tenant,
    event.userId,
    event.caller,
    event.jobId ?? null,
    event.surface ?? null,
    event.stage,
    event.outcome,
    event.rule ?? null,
    event.code ?? null,
    event.rulesVersion ?? null,
    event.mode ?? null,
    event.contentMode ?? null,
    event.pictures ?? [],
    event.statement ?? null,
    event.isStrike ?? false,
    most,
    windowMs,
    suspensionMs,
  ])
  return suspended?.until
}

/** The strikes of a suspension, and those before one was lifted, count no more. */
const RECORD = `
  with event as (
    insert into i2i.policy_events (tenant, user_id, caller, job_id, surface, stage, outcome, rule, code,
      rules_version, mode, content_mode, pictures, statement, is_strike)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[], $14, $15::boolean)
  ), before as (
    select coalesce(max(greatest(since, lifted_at)), '-infinity') as at
    from i2i.suspensions where tenant = $1 and user_id = $2
  ), suspended as (
    insert into i2i.suspensions (tenant, user_id, until)
    select $1, $2, now() + $18::float8 * interval '1 millisecond' from before
    where $15::boolean and $16::int > 0
      and $16::int <= 1 + (select count(*) from i2i.policy_events e
        where e.tenant = $1 and e.user_id = $2 and e.is_strike and e.at > before.at
          and e.at > now() - $17::float8 * interval '1 millisecond')
      and not exists (select 1 from i2i.suspensions s
        where s.tenant = $1 and s.user_id = $2 and s.lifted_at is null and s.until > now())
    returning until
  ), noted as (
    insert into i2i.policy_events (tenant, user_id, caller, stage, outcome, rule)
    select $1, $2, $3, $6, 'suspended', $8 from suspended
  )
  select until from suspended`

/** Older than what the database lets nobody delete. @returns how many went. */
export async function deleteOldEvents(
  sql: Sql,
  { ageMs, count }: { readonly ageMs: number; readonly count: number },
): Promise<number> {
  const gone = await sql.query(
    `delete from i2i.policy_events where id in (
       select id from i2i.policy_events where at < now() - $1 * interval '1 millisecond' limit $2)
     returning id`,
    [ageMs, count],
  )
  return gone.length
}
