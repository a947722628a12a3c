/** Makes jobs true: each with its first attempt and its idempotency key, and those that come together in one statement. */
import { Failure, type Job, type Planned } from '#contract'
import { gather } from '#platform/gather.ts'
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

/** Throws `idempotency-conflict` where the key belongs to another request. What is returned is on disk. */
export type InsertJob = (given: NewJob) => Promise<Inserted>

/** A job is some 2 KB: a statement is to be read in a few milliseconds. */
const MOST_AT_ONCE = 64
/** Whatever comes while the disk writes goes together: a second at a time halves what each carries. */
const LANES = 1

/** One statement for all jobs that come at a time: one way there and back, and one flush of the database's log. */
export function createInsertJob(sql: Sql): InsertJob {
  const insert = gather((jobs: readonly NewJob[]) => insertAll(sql, jobs), {
    ...{ most: MOST_AT_ONCE, lanes: LANES },
    // Nothing of a statement that was refused is kept; of one whose answer never came nobody knows.
    mayBeOnes: (error) => !(error instanceof Failure),
  })
  return async (given) => {
    const { id } = given.job
    const createdAt = await insert(given)
    if (createdAt) return { kind: 'inserted', id, createdAt }
    const { idempotency } = given
    const known = idempotency && (await jobOfKey(sql, given, idempotency))
    if (known === undefined) throw new Error(`job ${id} was not inserted`)
    return { kind: 'replayed', id: known }
  }
}

/** One alone. */
export const insertJob = (sql: Sql, given: NewJob): Promise<Inserted> => createInsertJob(sql)(given)

/** @returns when each was created; undefined for one whose key is known. */
async function insertAll(
  sql: Sql,
  jobs: readonly NewJob[],
): Promise<readonly (Date | undefined)[]> {
  const inserted = await sql.query<{ id: string; createdAt: Date }>(INSERT, [
    JSON.stringify(jobs.map(rowOf)),
  ])
  const created = new Map(inserted.map(({ id, createdAt }) => [id, createdAt]))
  return jobs.map(({ job }) => created.get(job.id))
}

/** As `INSERT` reads it. */
function rowOf({ job, idempotency, ...given }: NewJob) {
  return {
    id: job.id,
    tenant: given.tenant,
    user_id: given.userId,
    mode: job.mode,
    class: given.class,
    job,
    planned: given.planned,
    surface: given.surface,
    provider: given.provider,
    only_provider: given.onlyProvider,
    notes: given.notes,
    deadline_at: job.deadlineAt === undefined ? undefined : new Date(job.deadlineAt),
    attempt_id: given.attemptId,
    reason: given.reason,
    key: idempotency?.key,
    fingerprint: idempotency?.fingerprint,
  }
}

const COLUMNS =
  'id, tenant, user_id, mode, class, job, planned, surface, provider, only_provider, notes, deadline_at, attempt_id, reason'

/** Keys are taken in their order, or two gateways could wait for each other. Of two alike in `given` the first is taken. */
const INSERT = `
  with given as (
    select * from json_to_recordset($1::json) as one (
      id text, tenant text, user_id text, mode text, class text, job jsonb, planned jsonb, surface text, provider text,
      only_provider text, notes jsonb, deadline_at timestamptz, attempt_id text, reason text, key text, fingerprint text)
  ), keyed as (
    insert into i2i.idempotency_keys (tenant, user_id, key, fingerprint, job_id)
    select tenant, user_id, key, fingerprint, id from given where key is not null order by tenant, user_id, key
    on conflict do nothing returning job_id
  ), created as (
    insert into i2i.jobs (${COLUMNS})
    select ${COLUMNS}
    from given where key is null or id in (select job_id from keyed)
    returning id, tenant, user_id, attempt_id, provider, created_at
  ), attempted as (
    insert into i2i.attempts (id, job_id, n, provider, tenant, user_id)
    select attempt_id, id, 1, provider, tenant, user_id from created
  )
  select id, created_at as "createdAt" from created`

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
