/** The pictures of a finished job, for surfaces that answer with the bytes themselves. */
import type { Asset } from '#contract'
import { OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { ASSET_URL_SECONDS } from '../jobs-view/job-view.ts'
import type { JobRow } from '../store/job-row.ts'

/** None where they were deleted. */
export const assetsOf = ({ result, purgedAt }: JobRow): readonly Asset[] =>
  purgedAt === null ? (result?.assets ?? []) : []

/** A PNG in base64. Throws `storage-failed`. */
export async function pictureBase64(
  { path }: Asset,
  storage: Pick<Storage, 'get'>,
): Promise<string> {
  const bytes = await storage.get(`${OUTPUT_BUCKET}/${path}`)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

export const pictureUrl = ({ path }: Asset, storage: Pick<Storage, 'sign'>): Promise<string> =>
  storage.sign(`${OUTPUT_BUCKET}/${path}`, ASSET_URL_SECONDS)
