/** The list of keys as a person reads it: a line each under their names. */
import { inColumns } from './in-columns.ts'
import type { ListedKey } from './key-records.ts'

const NAMES = ['id', 'user', 'name', 'scopes', 'adult', 'attests', 'made', 'last used', 'state']

/** `now` in milliseconds since 1970. */
export function keysText(keys: readonly ListedKey[], now: number): string {
  if (keys.length === 0) return 'There is no key. Make one: npm run keys -- create --user NAME.'
  return inColumns([NAMES, ...keys.map((key) => cellsOf(key, now))])
}

function cellsOf(key: ListedKey, now: number): string[] {
  return [
    key.id,
    key.tenant === 'default' ? key.userId : `${key.tenant}/${key.userId}`,
    // Names are typed by people, and a control character in one could hide a line.
    key.name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�'),
    key.scopes.join(','),
    key.adult ? 'yes' : 'no',
    key.attests ? 'yes' : 'no',
    day(key.createdAt),
    key.lastUsedAt ? day(key.lastUsedAt) : 'never',
    stateOf(key, now),
  ]
}

function stateOf({ revokedAt, expiresAt }: ListedKey, now: number): string {
  if (revokedAt) return `revoked ${day(revokedAt)}`
  if (!expiresAt) return 'good'
  const word = expiresAt.getTime() <= now ? 'expired' : 'good until'
  return `${word} ${day(expiresAt)}`
}

const day = (at: Date): string => at.toISOString().slice(0, 10)
