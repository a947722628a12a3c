/** API keys as an operator makes, sees and revokes them. */
import { Failure } from '#contract'
import type { Sql } from '../database/database.ts'
import { hashOf, makeApiKey } from './api-key.ts'
import type { Scope } from './caller.ts'

export interface NewKey {
  /** `live`, `test` and the like, for the eye alone. */
  readonly environment: string
  readonly tenant: string
  readonly userId: string
  /** What the operator calls it. */
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly adult: boolean
  /** Whether they may attest that who is shown in a reference consents. */
  readonly attests?: boolean
  readonly expiresAt: Date | null
}

export interface MadeKey {
  readonly id: string
  /** The key itself, which is nowhere else. */
  readonly text: string
}

/**
 * Throws `request-invalid` for a user that belongs to another tenant: the folders of storage are named by user alone,
 * so that the two would read each other's pictures.
 */
export async function createKey(sql: Sql, pepper: string, wish: NewKey): Promise<MadeKey> {
  const key = makeApiKey(wish.environment)
  const rows = await sql.query(CREATE, [
    key.id,
    hashOf(key, pepper),
    wish.tenant,
    wish.userId,
    wish.name,
    wish.scopes,
    wish.adult,
    wish.expiresAt,
    wish.attests ?? false,
  ])
  if (rows.length > 0) return key
  const message = `The user ${wish.userId} belongs to another tenant than ${wish.tenant}. Name that one, or another user.`
  throw new Failure('request-invalid', message)
}

const CREATE = `
  insert into i2i.api_keys (id, hash, tenant, user_id, name, scopes, adult, expires_at, attests)
  select $1, $2, $3, $4, $5, $6::text[], $7::boolean, $8::timestamptz, $9::boolean
  where not exists (select 1 from i2i.api_keys where user_id = $4 and tenant <> $3)
    and not exists (select 1 from i2i.jobs where user_id = $4 and tenant <> $3)
  returning id`

export interface ListedKey {
  readonly id: string
  readonly tenant: string
  readonly userId: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly adult: boolean
  readonly attests: boolean
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

/** The newest first. */
export async function listKeys(sql: Sql): Promise<readonly ListedKey[]> {
  return await sql.query<ListedKey>(LIST)
}

const LIST = `
  select id, tenant, user_id as "userId", name, scopes, adult, attests, created_at as "createdAt",
    last_used_at as "lastUsedAt", expires_at as "expiresAt", revoked_at as "revokedAt"
  from i2i.api_keys order by created_at desc, id`

/** From now on it is refused, by gateways that run within half a minute. Throws `not-found`. */
export async function revokeKey(sql: Sql, id: string): Promise<void> {
  const rows = await sql.query(
    'update i2i.api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id',
    [id],
  )
  if (rows.length > 0) return
  throw new Failure('not-found', `There is no key ${id}. See npm run keys -- list.`)
}
