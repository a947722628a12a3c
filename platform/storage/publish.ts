/** A finished job's files, moved from where its attempt put them to the paths that others read. */
import { type Asset, Failure } from '#contract'
import { retryingStorage } from './retrying-storage.ts'
import type { Storage } from './storage.ts'

/** Where today's receivers look for pictures. An asset's `path` is relative to it. */
export const OUTPUT_BUCKET = 'workspace-temp'

/** May be repeated. Throws `storage-failed`, or `not-found` where neither the staged nor the final file is there. */
export async function publish(
  assets: readonly Asset[],
  storage: Storage | undefined,
): Promise<void> {
  for (const { staged, path, thumbnailPath } of assets) {
    if (!staged) continue
    const within = patient(storage)
    await Promise.all([
      within.publish(staged.path, `${OUTPUT_BUCKET}/${path}`),
      within.publish(staged.thumbnailPath, `${OUTPUT_BUCKET}/${thumbnailPath}`),
    ])
  }
}

/** Of an attempt that came to nothing. What cannot be removed is left to whoever sweeps the bucket. */
export async function discard(
  assets: readonly Asset[],
  storage: Storage | undefined,
): Promise<void> {
  const paths = assets.flatMap(({ staged }) => (staged ? [staged.path, staged.thumbnailPath] : []))
  await Promise.allSettled(paths.map((path) => storage?.remove(path)))
}

/** What was published, picture and thumbnail. May be repeated. Throws `storage-failed`. */
export async function removePublished(
  assets: readonly Pick<Asset, 'path' | 'thumbnailPath'>[],
  storage: Storage | undefined,
): Promise<void> {
  const paths = assets.flatMap(({ path, thumbnailPath }) => [path, thumbnailPath])
  await Promise.all(paths.map((path) => storage?.remove(`${OUTPUT_BUCKET}/${path}`)))
}

function patient(storage: Storage | undefined): Storage {
  if (storage) return retryingStorage(storage)
  const message =
    'There are files to publish, and no storage. Configure the one that the workers use.'
  throw new Failure('configuration-invalid', message)
}
