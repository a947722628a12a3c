/** Finds out whose API key it is. What the database said of a key holds for half a minute, a revocation too. */
import { Failure } from '#contract'
import { gather } from '#platform/gather.ts'
import type { Sql } from '../database/database.ts'
import { type ApiKey, isHashOf, readApiKey } from './api-key.ts'
import { type Caller, isScope } from './caller.ts'

export interface KeyRing {
  /** Throws `unauthorized` saying why, and `database-unavailable`. */
  readonly verify: (text: string) => Promise<Caller>
  /** Whether a key was ever made here, revoked ones too: from then on nobody comes in without. */
  readonly hasAny: () => Promise<boolean>
}

export interface KeyRingParts {
  readonly sql: Sql
  readonly pepper: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Told where it could not be noted that a key was used, for which nobody is refused. */
  readonly onError?: (error: unknown) => void
}

interface KeyRow {
  readonly id: string
  readonly hash: string
  readonly tenant: string
  readonly userId: string
  readonly scopes: readonly string[]
  readonly adult: boolean
  readonly attests: boolean
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

interface Known {
  readonly row: KeyRow
  readonly readAt: number
}

const FRESH_MS = 30_000
const TOUCH_MS = 60_000
const MOST_KNOWN = 10_000
/** Keys whose half minute or minute is over at the same time, as after a start: in one statement. */
const MOST_AT_ONCE = 100

export function createKeyRing(parts: KeyRingParts): KeyRing {
  const { sql, pepper, now = Date.now, onError = () => {} } = parts
  const known = new Map<string, Known>()
  const touchedAt = new Map<string, number>()
  const reading = new Map<string, Promise<Known | undefined>>()
  let any: { readonly answer: boolean; readonly readAt: number } | undefined

  const readTogether = gather(
    async (ids: readonly string[]) => {
      const rows = await sql.query<KeyRow>(READ, [ids])
      const found = new Map(rows.map((row) => [row.id, row]))
      return ids.map((id) => found.get(id))
    },
    { most: MOST_AT_ONCE, lanes: 2 },
  )
  const noteTogether = gather(
    async (ids: readonly string[]) => {
      await sql.query(TOUCH, [ids])
      return ids
    },
    { most: MOST_AT_ONCE, lanes: 1 },
  )
  const read = async (id: string): Promise<Known | undefined> => {
    const readAt = now()
    const row = await readTogether(id)
    if (!row) return undefined
    if (known.size >= MOST_KNOWN) known.clear()
    const found = { row, readAt }
    known.set(id, found)
    return found
  }
  const find = async (id: string): Promise<KeyRow | undefined> => {
    const found = known.get(id)
    if (found && now() - found.readAt < FRESH_MS) return found.row
    known.delete(id)
    const pending = reading.get(id) ?? read(id).finally(() => reading.delete(id))
    reading.set(id, pending)
    return (await pending)?.row
  }
  const touch = (id: string) => {
    if (now() - (touchedAt.get(id) ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return
    if (touchedAt.size >= MOST_KNOWN) touchedAt.clear()
    touchedAt.set(id, now())
    noteTogether(id).catch(onError)
  }

  return {
    async verify(text) {
      const key = readApiKey(text)
      const row = key && (await find(key.id))
      if (!key || !row || !isHashOf(key, row.hash, pepper)) throw refused(UNKNOWN)
      if (row.revokedAt) throw refused('The key was revoked. Ask for a new one.')
      if (row.expiresAt && row.expiresAt.getTime() <= now()) {
        throw refused(`The key expired on ${day(row.expiresAt)}. Ask for a new one.`)
      }
      touch(key.id)
      return callerOf(row, key)
    },
    async hasAny() {
      if (any?.answer) return true
      if (!any || now() - any.readAt >= FRESH_MS) {
        const readAt = now()
        const rows = await sql.query('select 1 from i2i.api_keys limit 1')
        any = { answer: rows.length > 0, readAt }
      }
      return any.answer
    },
  }
}

const READ = `
  select id, hash, tenant, user_id as "userId", scopes, adult, attests, expires_at as "expiresAt", revoked_at as "revokedAt"
  from i2i.api_keys where id = any($1::text[])`

/** Several gateways may note it at the same time: once a minute is enough, and what another notes is not waited for. */
const TOUCH = `
  update i2i.api_keys set last_used_at = now() where id in (
    select id from i2i.api_keys
    where id = any($1::text[]) and (last_used_at is null or last_used_at < now() - interval '1 minute')
    for update skip locked)`

const UNKNOWN =
  'The API key is not known here. Check that it was copied whole, or make one with npm run keys -- create.'

const callerOf = (row: KeyRow, { id }: ApiKey): Caller => ({
  tenant: row.tenant,
  userId: row.userId,
  name: id,
  scopes: row.scopes.filter(isScope),
  adult: row.adult,
  ...(row.attests && { attests: true }),
})

const day = (at: Date): string => at.toISOString().slice(0, 10)

const refused = (message: string): Failure => new Failure('unauthorized', message)
