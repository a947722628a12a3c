/** Makes a job true: the job, its first attempt, and its idempotency key, in one statement. */
import { Failure, type Job, type Planned } from '#contract'
import type { Sql } from '../database/database.ts'
import type { Owner, ProviderName, Surface } from './job-row.ts'

export interface NewJob extends Owner {
  readonly job: Job
  readonly planned: Planned
  readonly class: string
  readonly surface: Surface
  readonly provider: ProviderName
  readonly onlyProvider?: ProviderName | undefined
  readonly notes: readonly string[]
  /** Why that provider, in a sentence. */
  readonly reason?: string | undefined
  readonly attemptId: string
  readonly idempotency?: IdempotencyKey | undefined
}

export interface IdempotencyKey {
  readonly key: string
  /** Of what was asked under it. */
  readonly fingerprint: string
}

/** `replayed`: the key is known, and its job is this one. */
export type Inserted =
  | { readonly kind: 'inserted'; readonly id: string; readonly createdAt: Date }
  | { readonly kind: 'replayed'; readonly id: string }

/** Throws `idempotency-conflict` where the key belongs to another request. */
export async function insertJob(sql: Sql, given: NewJob): Promise<Inserted> {
  const { job, idempotency } = given
  const [row] = await sql.query<{ createdAt: Date }>(idempotency ? insertOnce : insertAlways, [
    job.id,
    given.tenant,
    given.userId,
    job.mode,
    given.class,
    JSON.stringify(job),
    JSON.stringify(given.planned),
    given.surface,
    given.provider,
    given.onlyProvider ?? null,
    JSON.stringify(given.notes),
    job.deadlineAt === undefined ? null : new Date(job.deadlineAt),
    given.attemptId,
    given.reason ?? null,
    ...(idempotency ? [idempotency.key, idempotency.fingerprint] : []),
  ])
  if (row) return { kind: 'inserted', id: job.id, createdAt: row.createdAt }
  const known = idempotency && (await jobOfKey(sql, given, idempotency))
  if (known === undefined) throw new Error(`job ${job.id} was not inserted`)
  return { kind: 'replayed', id: known }
}

/** What is inserted is read from `source`, so that one condition governs all of it. */
const insert = (source: string) => `
  , j as (
    insert into i2i.jobs (id, tenant, user_id, mode, class, job, planned, surface, provider, only_provider, notes, deadline_at, attempt_id, reason)
    select $1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9, $10, $11::jsonb, $12::timestamptz, $13, $14 from ${source}
    returning id, created_at
  ), a as (
    insert into i2i.attempts (id, job_id, n, provider) select $13, j.id, 1, $9 from j
  )
  select created_at as "createdAt" from j`

const insertAlways = `with one as (select 1)${insert('one')}`

const insertOnce = `
  with k as (
    insert into i2i.idempotency_keys (tenant, user_id, key, fingerprint, job_id)
    values ($2, $3, $15, $16, $1)
    on conflict do nothing returning job_id
  )${insert('k')}`

/**
 * The job that an idempotency key stands for; undefined for a new key.
 * Throws `idempotency-conflict` where the key belongs to another request.
 */
export async function jobOfKey(
  sql: Sql,
  { tenant, userId }: Owner,
  { key, fingerprint }: IdempotencyKey,
): Promise<string | undefined> {
  const [known] = await sql.query<{ id: string; fingerprint: string }>(
    'select job_id as id, fingerprint from i2i.idempotency_keys where tenant = $1 and user_id = $2 and key = $3',
    [tenant, userId, key],
  )
  if (known === undefined || known.fingerprint === fingerprint) return known?.id
  const message =
    'The Idempotency-Key belongs to another request. Send a new key with a new request.'
  throw new Failure('idempotency-conflict', message)
}
