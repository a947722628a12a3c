/** Who may ask for nothing new for a while. Reading and deleting what is theirs they still may. */
import { Failure } from '#contract'
import { readAhead } from '#platform/read-ahead.ts'
import type { Sql } from '../database/database.ts'
import type { Owner } from '../store/job-row.ts'
import { recordEvent } from './policy-events.ts'

export interface Suspensions {
  /** Throws `policy-suspended`, naming when it ends. Another gateway's are heard of within two seconds. */
  readonly requireNone: (owner: Owner) => Promise<void>
  /** At once in this gateway. */
  readonly learn: (owner: Owner, until: Date) => void
}

export interface SuspensionsParts {
  readonly sql: Sql
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** All that run are read at once: they are few, and asked about at every request. */
export function createSuspensions({ sql, now = Date.now }: SuspensionsParts): Suspensions {
  let known = new Map<string, Date>()
  const read = async () => {
    const rows = await sql.query<Owner & { until: Date }>(RUNNING)
    known = new Map(rows.map((row) => [nameOf(row), row.until]))
  }
  const beUpToDate = readAhead(read, { freshMs: 1_000, goodMs: 2_000, now })
  return {
    async requireNone(owner) {
      await beUpToDate()
      const until = known.get(nameOf(owner))
      if (until === undefined || until.getTime() <= now()) return
      throw suspended(until)
    },
    learn(owner, until) {
      known.set(nameOf(owner), until)
    },
  }
}

const RUNNING = `
  select tenant, user_id as "userId", max(until) as until from i2i.suspensions
  where lifted_at is null and until > now() group by tenant, user_id`

/** No identifier holds a space. */
const nameOf = ({ tenant, userId }: Owner): string => `${tenant} ${userId}`

const suspended = (until: Date): Failure =>
  new Failure(
    'policy-suspended',
    `Too much was asked for that is never made here. The caller is suspended until ${until.toISOString()}; ` +
      'whoever runs this service may end it earlier.',
  )

export interface ListedSuspension extends Owner {
  readonly since: Date
  readonly until: Date
  readonly liftedAt: Date | null
  /** Strikes that are on record, of a year. */
  readonly strikes: number
}

/** Those that run, then the hundred latest that are over. */
export async function listSuspensions(sql: Sql): Promise<readonly ListedSuspension[]> {
  return await sql.query<ListedSuspension>(`
    select s.tenant, s.user_id as "userId", s.since, s.until, s.lifted_at as "liftedAt",
      (select count(*)::int from i2i.policy_events e
       where e.tenant = s.tenant and e.user_id = s.user_id and e.is_strike) as strikes
    from i2i.suspensions s order by s.lifted_at is null and s.until > now() desc, s.since desc limit 100`)
}

/** Throws `not-found` where none runs. */
export async function liftSuspension(sql: Sql, owner: Owner): Promise<void> {
  const rows = await sql.query(
    `update i2i.suspensions set lifted_at = now()
     where tenant = $1 and user_id = $2 and lifted_at is null and until > now() returning id`,
    [owner.tenant, owner.userId],
  )
  if (rows.length === 0) {
    const message = `The user ${owner.userId} is not suspended. See npm run keys -- suspensions.`
    throw new Failure('not-found', message)
  }
  await recordEvent(sql, { ...owner, caller: 'operator', stage: 'person', outcome: 'lifted' })
}
