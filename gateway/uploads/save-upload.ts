/** Keeps a stranger's picture as one of ours: decoded where it can do no harm, encoded anew, under its owner's path. */
import { randomUUID } from 'node:crypto'
import { Failure, type RgbImage } from '#contract'
import { encodeImage } from '#platform/image/encode.ts'
import { looksLike } from '#platform/image/looks-like.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { sha256Of } from '../../policy/reference/reference-gate.ts'
import { Refusal } from '../../policy/refusal.ts'
import type { Database } from '../database/database.ts'
import { referenceBuckets } from '../requests/read-reference.ts'
import type { Owner } from '../store/job-row.ts'
import { takenDownAmong } from '../trust/lineage.ts'

export interface SavedUpload {
  /** Bucket first, then the user's folder. */
  readonly path: string
  readonly width: number
  readonly height: number
  readonly sha256: string
  readonly bytes: number
}

/** Throws `policy-taken-down`, `image-unreadable`, `image-too-large`, `storage-failed`, `database-unavailable`, `cancelled`. */
export type SaveUpload = (
  bytes: Uint8Array,
  owner: Owner,
  signal?: AbortSignal,
) => Promise<SavedUpload>

export interface SaveUploadParts {
  readonly database: Database
  readonly storage: Pick<Storage, 'put' | 'remove'>
  readonly decoder: {
    readonly decode: (
      bytes: Uint8Array,
      options?: { readonly signal?: AbortSignal },
    ) => Promise<RgbImage>
  }
}

/** The first is where references without a bucket are looked for. */
const [BUCKET] = referenceBuckets

export function createSaveUpload({ database, storage, decoder }: SaveUploadParts): SaveUpload {
  return async (given, { tenant, userId }, signal) => {
    const image = await decoder.decode(given, signal ? { signal } : {})
    const { width, height } = image
    const { bytes, format } = await encode(image, looksLike(given) === 'a PNG')
    const sha256 = sha256Of(bytes)
    const givenSha256 = sha256Of(given)
    const [isGone] = await takenDownAmong(database, [sha256, givenSha256])
    if (isGone !== undefined) throw new Refusal('taken-down', { picture: isGone })
    const path = `${BUCKET}/${userId}/${randomUUID()}.${format}`
    // A row without a file is swept away; a file without a row would stay for ever.
    const about = [bytes.length, width, height, sha256, givenSha256]
    await database.query(INSERT, [path, tenant, userId, ...about])
    await storage.put(path, bytes, { contentType: format === 'png' ? 'image/png' : 'image/jpeg' })
    return { path, width, height, sha256, bytes: bytes.length }
  }
}

/** What whoever draws reads of a reference. */
const MOST_BYTES = 10_000_000

/** What was lossless stays so, where it is not too large for that; a photograph is. */
async function encode(image: RgbImage, isLossless: boolean) {
  if (isLossless) {
    const png = await encodeImage(image, { format: 'png' })
    if (png.length <= MOST_BYTES) return { bytes: png, format: 'png' } as const
  }
  for (const quality of [95, 85, 60]) {
    const jpeg = await encodeImage(image, { format: 'jpeg', quality })
    if (jpeg.length <= MOST_BYTES) return { bytes: jpeg, format: 'jpg' } as const
  }
  const message = `The picture has more than ${MOST_BYTES} bytes, however it is saved. Scale it down.`
  throw new Failure('image-too-large', message)
}

const INSERT = `
  insert into i2i.uploads (path, tenant, user_id, bytes, width, height, sha256, given_sha256)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`
