/** What the register of outputs knows of a picture, by the SHA-256 of its bytes as they were delivered. */
import type { Sql } from '../database/database.ts'

/**
 * Whether it was made here, and all that it was made from, back to words alone. A picture that was made from a
 * photograph is not, however often it was made anew. What was encoded anew as an upload is what it was before.
 */
export async function isFromWords(sql: Sql, sha256: string): Promise<boolean> {
  const [row] = await sql.query<{ answer: boolean }>('select i2i.is_from_words($1) as answer', [
    sha256,
  ])
  return row?.answer === true
}

/** Those of `hashes` that were taken down. */
export async function takenDownAmong(
  sql: Sql,
  hashes: readonly string[],
): Promise<readonly string[]> {
  if (hashes.length === 0) return []
  const rows = await sql.query<{ sha256: string }>(
    'select sha256 from i2i.blocked_pictures where sha256 = any($1::text[])',
    [hashes],
  )
  return rows.map(({ sha256 }) => sha256)
}
