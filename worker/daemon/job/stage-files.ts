/**
 * A job's files: put where only this attempt writes, and moved to the path that others read once the queue has
 * accepted the finish, so that a worker that lost its job can overwrite nothing.
 */
import { type Asset, type Claim, Failure, type Job, type Upload } from '#contract'
import { discard, OUTPUT_BUCKET } from '#platform/storage/publish.ts'
import { retryingStorage } from '#platform/storage/retrying-storage.ts'
import { uploadTo } from '#platform/storage/signed-upload.ts'
import type { Storage } from '#platform/storage/storage.ts'
import type { Workshop } from '../workshop.ts'
import type { EncodedPicture } from './encode-pictures.ts'

const PNG = { contentType: 'image/png' }
const WEBP = { contentType: 'image/webp' }

export interface Staging {
  readonly job: Job
  readonly claim: Claim
  readonly signal: AbortSignal
}

/**
 * Puts every file, by the job's upload URLs where it carries them. Throws `storage-failed` after three tries, and what
 * `signal` was aborted with, with nothing left behind.
 */
export async function stageFiles(
  pictures: readonly EncodedPicture[],
  { guard, storage }: Pick<Workshop, 'guard' | 'storage'>,
  { job, claim, signal }: Staging,
): Promise<readonly Asset[]> {
  const assets = pictures.map((picture, i) => assetOf(picture, { job, claim, index: i }))
  if (job.uploads?.length) {
    const put = async (path: string, bytes: Uint8Array, kind: typeof PNG) =>
      uploadTo(uploadFor(job, path).url, bytes, { ...kind, guard, signal })
    await putAll(pictures, assets, put)
    return assets.map((asset) => uploaded(asset, job))
  }
  const into = patient(storage)
  try {
    await putAll(pictures, assets.map(stagedPaths), into.put)
    signal.throwIfAborted()
    return assets
  } catch (error) {
    await discard(assets, storage)
    throw error
  }
}

/** Today's path for jobs that name no user. */
const NOBODY = 'anonymous'

function assetOf(
  { png, width, height, seed, sha256 }: EncodedPicture,
  { job, claim, index }: { readonly job: Job; readonly claim: Claim; readonly index: number },
): Asset {
  const folder = `${job.userId ?? NOBODY}/${job.id}`
  // The token beside the fence, which a Redis that has lost its last moments gives once more.
  const claimed = `${claim.fence}-${claim.token.slice(0, 8)}`
  const attempt = `${OUTPUT_BUCKET}/${folder}/.staged/${claimed}`
  const [name, thumbnail] = [`${index}.png`, `${index}.thumb.webp`]
  return {
    ...{ path: `${folder}/${name}`, thumbnailPath: `${folder}/${thumbnail}` },
    ...{ width, height, seed, bytes: png.length, format: 'png', sha256 },
    staged: { path: `${attempt}/${name}`, thumbnailPath: `${attempt}/${thumbnail}` },
  }
}

type Paths = Pick<Asset, 'path' | 'thumbnailPath'>

const stagedPaths = (asset: Asset): Paths => asset.staged ?? asset

async function putAll(
  pictures: readonly EncodedPicture[],
  places: readonly Paths[],
  put: (path: string, bytes: Uint8Array, kind: typeof PNG) => Promise<void>,
): Promise<void> {
  const puts = pictures.flatMap(({ png, webp }, i) => {
    const place = places[i]
    if (!place) throw new Error(`picture ${i + 1} of ${pictures.length} has no place`)
    return [put(place.path, png, PNG), put(place.thumbnailPath, webp, WEBP)]
  })
  // All have ended before anything is said of one, so that no put comes after a removal.
  const ended = await Promise.allSettled(puts)
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}

/** Whoever signed knows better than the attempt where the files lie. */
function uploaded({ staged: _, ...asset }: Asset, job: Job): Asset {
  const { staged: path } = uploadFor(job, asset.path)
  const { staged: thumbnailPath } = uploadFor(job, asset.thumbnailPath)
  return { ...asset, ...(path && thumbnailPath && { staged: { path, thumbnailPath } }) }
}

function uploadFor({ uploads = [] }: Job, path: string): Upload {
  const upload = uploads.find((each) => each.path === path)
  if (upload) return upload
  const message = `The job carries upload URLs, but none for ${path}. Sign one for each file.`
  throw new Failure('request-invalid', message)
}

function patient(storage: Storage | undefined): Storage {
  if (storage) return retryingStorage(storage)
  const message =
    'This worker has no storage, and the job carries no upload URLs. Configure one, or sign them.'
  throw new Failure('configuration-invalid', message)
}
