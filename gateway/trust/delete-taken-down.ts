/** Deletes what is kept of pictures that were taken down: files first, then what rows say of them. */
import { OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Sql } from '../database/database.ts'

export interface DeletionParts {
  readonly database: Sql
  readonly storage: Pick<Storage, 'remove'>
}

/** May be repeated, and cut off anywhere. Throws `storage-failed`. */
export async function deleteTakenDown(
  hashes: readonly string[],
  { database, storage }: DeletionParts,
): Promise<void> {
  const outputs = await database.query<{ path: string; thumbnailPath: string | null }>(
    `select path, thumbnail_path as "thumbnailPath" from i2i.outputs
     where sha256 = any($1::text[]) and taken_down_at is null`,
    [hashes],
  )
  for (const { path, thumbnailPath } of outputs) {
    await storage.remove(`${OUTPUT_BUCKET}/${path}`)
    if (thumbnailPath !== null) await storage.remove(`${OUTPUT_BUCKET}/${thumbnailPath}`)
  }
  const uploads = await database.query<{ path: string }>(
    'select path from i2i.uploads where sha256 = any($1::text[]) or given_sha256 = any($1::text[])',
    [hashes],
  )
  for (const { path } of uploads) await storage.remove(path)
  await database.query(FORGET, [hashes])
  await database.query('delete from i2i.uploads where path = any($1::text[])', [
    uploads.map(({ path }) => path),
  ])
}

/** The register keeps what it was made from: what is derived from it later is known by that. */
const FORGET = `
  with gone as (
    update i2i.outputs set taken_down_at = now()
    where sha256 = any($1::text[]) and taken_down_at is null returning job_id
  )
  update i2i.jobs j set result = j.result || jsonb_build_object('assets', (
    select coalesce(jsonb_agg(a.value order by a.ordinality), '[]')
    from jsonb_array_elements(j.result -> 'assets') with ordinality a
    where not (a.value ->> 'sha256' = any($1::text[]))))
  where j.id in (select job_id from gone) and jsonb_typeof(j.result -> 'assets') = 'array'`
