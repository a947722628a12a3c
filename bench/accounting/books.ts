/** What the gateways' database says in the end of each job that a client asked for. */
import type { Sql } from '../../gateway/database/database.ts'

export interface BookedJob {
  readonly id: string
  /** The number that the client gave its request. */
  readonly request: number
  readonly status: string
  /** Attempts that won. */
  readonly won: number
  /** Attempts of which something may still come. */
  readonly open: number
  readonly charges: number
  /** Charges for as many pictures as there are, made by an attempt that won. */
  readonly dueCharges: number
  /** Hashes of its pictures, as its result has them; null where there is none. */
  readonly effect: string | null
  /** The same by what was noted as given out. */
  readonly given: string | null
  /** Callbacks that are owed or were. */
  readonly callbacks: number
  readonly delivered: number
}

export async function readBooks(sql: Sql): Promise<readonly BookedJob[]> {
  return await sql.query<BookedJob>(`
    select j.id, (j.job #>> '{metadata,request}')::int as request, j.status,
      (select count(*)::int from i2i.attempts a where a.job_id = j.id and a.state = 'won') as won,
      (select count(*)::int from i2i.attempts a where a.job_id = j.id
        and a.state in ('waiting', 'sending', 'sent', 'running')) as open,
      (select count(*)::int from i2i.charges c where c.job_id = j.id) as charges,
      (select count(*)::int from i2i.charges c
        join i2i.attempts a on a.id = c.attempt_id and a.job_id = c.job_id and a.state = 'won'
        where c.job_id = j.id and c.images = jsonb_array_length(j.result -> 'assets')) as "dueCharges",
      (select string_agg(asset ->> 'sha256', ' ' order by place)
        from jsonb_array_elements(j.result -> 'assets') with ordinality as assets (asset, place)) as effect,
      (select string_agg(o.sha256, ' ' order by o.path) from i2i.outputs o where o.job_id = j.id) as given,
      (select count(*)::int from i2i.callbacks c where c.job_id = j.id) as callbacks,
      (select count(*)::int from i2i.callbacks c where c.job_id = j.id and c.outcome = 'delivered') as delivered
    from i2i.jobs j`)
}

/** How many jobs, attempts and callbacks are not over. */
export async function openIn(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ n: number }>(`
    select ((select count(*) from i2i.jobs where status in ('queued', 'processing'))
      + (select count(*) from i2i.attempts where state in ('waiting', 'sending', 'sent', 'running'))
      + (select count(*) from i2i.callbacks where done_at is null))::int as n`)
  return row?.n ?? 0
}
