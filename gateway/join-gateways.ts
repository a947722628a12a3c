/**
 * Gateways on one database must sign alike: a webhook's token that one wrote is read by another, as are URLs and the
 * hashes of keys. One whose secrets are others does not start.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { Failure } from '#contract'
import { repeat } from '#platform/repeat.ts'
import type { Database, Sql } from './database/database.ts'

export interface JoinParts {
  readonly secret: string
  readonly pepper: string
  readonly onError: (error: unknown) => void
}

/** Of which a gateway that runs tells again well within `SEEN_MS`. */
const EVERY_MS = 15_000
/** For which one that ended without a word still counts. */
const SEEN_MS = 60_000
/** The lock of Postgres that is held while one joins: any number, as long as nobody else locks it. */
export const JOINING = 692_153_024

/**
 * Of Postgres alone: a folder's database is one process's. Throws `configuration-invalid` where another gateway that
 * runs has another secret, and `database-unavailable`. Disposed of, this gateway counts no more.
 */
export async function joinGateways(
  database: Database,
  { secret, pepper, onError }: JoinParts,
): Promise<AsyncDisposable> {
  if (database.kind === 'pglite') return { [Symbol.asyncDispose]: async () => {} }
  const own = { id: randomUUID(), secretPrint: printOf(secret), pepperPrint: printOf(pepper) }
  await database.transaction(async (sql) => {
    // One after the other, so that of two that start together the second sees the first.
    await sql.query('select pg_advisory_xact_lock($1)', [JOINING])
    const others = await othersIn(sql)
    for (const other of others) refuseUnlike(own, other)
    await beat(sql, own)
  })
  const beating = repeat(() => beat(database, own), { every: EVERY_MS, onError })
  return {
    async [Symbol.asyncDispose]() {
      await beating[Symbol.asyncDispose]()
      // A database that is away forgets it by itself.
      await database.query('delete from i2i.gateways where id = $1', [own.id]).catch(() => {})
    },
  }
}

interface Prints {
  readonly secretPrint: string
  readonly pepperPrint: string
}

const printOf = (secret: string): string =>
  createHmac('sha256', secret).update('i2i: the same for all gateways').digest('hex')

async function othersIn(sql: Sql): Promise<readonly (Prints & { readonly seconds: number })[]> {
  const alive = `seen_at > now() - ${SEEN_MS} * interval '1 millisecond'`
  await sql.query(`delete from i2i.gateways where not (${alive})`)
  return await sql.query(
    `select secret_print as "secretPrint", pepper_print as "pepperPrint",
       round(extract(epoch from now() - seen_at))::int as seconds
     from i2i.gateways order by seen_at desc`,
  )
}

function refuseUnlike(own: Prints, other: Prints & { readonly seconds: number }): void {
  const unlike = [
    ...(own.secretPrint === other.secretPrint ? [] : ['GATEWAY_SECRET']),
    ...(own.pepperPrint === other.pepperPrint ? [] : ['KEY_PEPPER']),
  ]
  if (unlike.length === 0) return
  const seen = `was heard of ${other.seconds} s ago`
  throw new Failure(
    'configuration-invalid',
    `Another gateway on this database has another ${unlike.join(' and another ')}, and ${seen}. Set the same for all; ` +
      `to change it, end all others first: one that was killed counts for ${SEEN_MS / 1_000} s.`,
  )
}

async function beat(sql: Sql, { id, secretPrint, pepperPrint }: Prints & { readonly id: string }) {
  await sql.query(
    `insert into i2i.gateways (id, secret_print, pepper_print) values ($1, $2, $3)
     on conflict (id) do update set seen_at = now()`,
    [id, secretPrint, pepperPrint],
  )
}
