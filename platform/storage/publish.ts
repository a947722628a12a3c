/** A finished job's files, moved from where its attempt put them to the paths that others read. */
import { type Asset, Failure } from '#contract'
import { objectPath } from './object-path.ts'
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

/**
 * What is wrong with a result whose files no storage can have, by a path that climbs or is none, however often it is
 * asked. Whoever reads results asks before anything is done with the files: workers of every version and make write them.
 */
export function unstorable(assets: readonly Asset[]): Failure | undefined {
  try {
    for (const { staged, path, thumbnailPath } of assets) {
      for (const each of [path, thumbnailPath]) objectPath(`${OUTPUT_BUCKET}/${each}`)
      if (staged) for (const each of [staged.path, staged.thumbnailPath]) objectPath(each)
    }
    return undefined
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    const message = `What the worker says that it made cannot be stored. ${cause.message} Look at that worker.`
    return new Failure('internal', message, { cause })
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
