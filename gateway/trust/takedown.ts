/**
 * Takes a picture down: it, and all that was made from it, is neither drawn from nor given out from that moment, and is
 * deleted. What cannot be deleted now is tried again until it is, against a clock of 48 hours.
 */
import { Failure, type TakenDown } from '#contract'
import { OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Caller } from '../callers/caller.ts'
import type { Database, Sql } from '../database/database.ts'
import { deleteTakenDown } from './delete-taken-down.ts'
import { recordEvent } from './policy-events.ts'

export interface TakedownParts {
  readonly database: Database
  readonly storage: Pick<Storage, 'remove'>
  /** Where workers hear of it. */
  readonly takenDown: Pick<TakenDown, 'add' | 'count'>
}

export interface TakedownWish {
  /** What is named: the hash of a file, a job that made some, or a path in storage, bucket first. */
  readonly target:
    | { readonly sha256: string }
    | { readonly jobId: string }
    | { readonly path: string }
  readonly reason?: string | undefined
  readonly by: Caller
}

export interface Takedown {
  readonly id: string
  readonly target: string
  readonly reason: string | null
  readonly at: Date
  readonly dueAt: Date
  /** Null while something of it is still kept. */
  readonly doneAt: Date | null
  /** Pictures that are blocked by it. */
  readonly pictures: number
}

/**
 * The same target gives the same takedown, and deletes what has come since. Throws `not-found` for a job or a path of
 * which nothing is known; a hash is blocked whether or not it is. What throws after that is told by `doneAt`.
 */
export async function takeDown(wish: TakedownWish, parts: TakedownParts): Promise<Takedown> {
  const { database } = parts
  const named = await namedBy(database, wish.target)
  const target = nameOf(wish.target)
  const id = await database.transaction(async (sql) => {
    const [row] = await sql.query<{ id: string; isNew: boolean }>(BEGIN, [
      target,
      wish.reason ?? null,
      wish.by.name,
    ])
    if (!row) throw new Error(`the takedown of ${target} was not begun`)
    const all = await block(sql, row.id, named)
    if (row.isNew) {
      const { tenant, userId, name: caller } = wish.by
      await recordEvent(sql, {
        ...{ tenant, userId, caller, stage: 'person', outcome: 'taken-down' },
        ...{ rule: target, pictures: all.slice(0, MOST_NAMED) },
      })
    }
    return row.id
  })
  await finishTakedown(id, parts).catch((error) => {
    if (!(error instanceof Failure)) throw error
  })
  const [begun] = await takedowns(database, id)
  if (!begun) throw new Error(`the takedown ${id} is gone`)
  return begun
}

const MOST_NAMED = 100

const BEGIN = `
  insert into i2i.takedowns (target, reason, by) values ($1, $2, $3)
  on conflict (target) do update set done_at = null
  returning id, xmax = 0 as "isNew"`

/** Tells workers, and deletes what is kept. May be repeated. Throws `queue-unavailable`, `storage-failed`. */
export async function finishTakedown(id: string, parts: TakedownParts): Promise<void> {
  const { database, takenDown } = parts
  const own = await database.query<{ sha256: string }>(
    'select sha256 from i2i.blocked_pictures where takedown_id = $1',
    [id],
  )
  // What was made of it meanwhile, by a worker that had not heard yet.
  const all = await block(
    database,
    id,
    own.map(({ sha256 }) => sha256),
  )
  await takenDown.add(all)
  await deleteTakenDown(all, parts)
  await database.query('update i2i.takedowns set done_at = now() where id = $1', [id])
}

/** Open ones, the most urgent first; then those that are done, the latest first. */
export async function takedowns(sql: Sql, id?: string): Promise<readonly Takedown[]> {
  return await sql.query<Takedown>(
    `select t.id, t.target, t.reason, t.at, t.due_at as "dueAt", t.done_at as "doneAt",
       (select count(*)::int from i2i.blocked_pictures b where b.takedown_id = t.id) as pictures
     from i2i.takedowns t where $1::uuid is null or t.id = $1::uuid
     order by t.done_at desc nulls first, t.due_at limit 200`,
    [id ?? null],
  )
}

async function namedBy(sql: Sql, target: TakedownWish['target']): Promise<readonly string[]> {
  if ('sha256' in target) return [target.sha256]
  const [text, value] =
    'jobId' in target
      ? ['select sha256 from i2i.outputs where job_id = $1', target.jobId]
      : [BY_PATH, target.path]
  const rows = await sql.query<{ sha256: string }>(text, [value])
  if (rows.length > 0) return rows.map(({ sha256 }) => sha256)
  const what = 'jobId' in target ? 'No picture of that job is known.' : 'No such file is known.'
  throw new Failure('not-found', `${what} Name the SHA-256 of the file, which is always blocked.`)
}

/** Outputs are in a bucket of their own; the path of an upload says its bucket. */
const BY_PATH = `
  select sha256 from i2i.outputs where substring($1 from '^${OUTPUT_BUCKET}/(.+)$') in (path, thumbnail_path)
  union select sha256 from i2i.uploads where path = $1`

const nameOf = (target: TakedownWish['target']): string =>
  'sha256' in target
    ? `sha256:${target.sha256}`
    : 'jobId' in target
      ? `job:${target.jobId}`
      : `path:${target.path}`

/** @returns the hashes, and those of all that was made from them, or that they were encoded anew as. */
async function block(
  sql: Sql,
  takedownId: string,
  hashes: readonly string[],
): Promise<readonly string[]> {
  const rows = await sql.query<{ sha256: string }>(BLOCK, [hashes, takedownId])
  return rows.map(({ sha256 }) => sha256)
}

const BLOCK = `
  with recursive derived (sha256) as (
    select unnest($1::text[])
    union
    select next.sha256 from derived d, lateral (
      select o.sha256 from i2i.outputs o where o.parents @> array[d.sha256]
      union select u.sha256 from i2i.uploads u where u.given_sha256 = d.sha256
      union select u.given_sha256 from i2i.uploads u where u.sha256 = d.sha256 and u.given_sha256 is not null
    ) next
  ), blocked as (
    insert into i2i.blocked_pictures (sha256, takedown_id) select sha256, $2::uuid from derived
    on conflict (sha256) do nothing
  )
  select sha256 from derived`
