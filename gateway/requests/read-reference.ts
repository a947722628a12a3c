/** Where a reference is: at a URL, or at a path in storage that must be the caller's own. */
import { Failure, type Reference } from '#contract'
import { objectPath } from '#platform/storage/object-path.ts'

/** Where references are uploaded to; paths that name no bucket are in the first, as our workers read them. */
export const referenceBuckets = ['user-library', 'workspace-temp', 'reference_images'] as const

/**
 * The path with its bucket. Throws `request-invalid` naming `field`, and `reference-forbidden` for a path that is not
 * in the folder of `userId`.
 */
export function readReference(
  given: string,
  { field, userId }: { readonly field: string; readonly userId: string },
): Reference {
  if (/^https?:\/\//i.test(given) && URL.canParse(given)) return { url: given }
  if (/^[a-z][a-z0-9+.-]*:/i.test(given)) {
    const message = `${field} must be an http or https URL, or the path of an upload`
    throw new Failure('request-invalid', message)
  }
  const [first, second] = given.split('/')
  const hasBucket = referenceBuckets.some((bucket) => bucket === first)
  const path = hasBucket ? given : `${referenceBuckets[0]}/${given}`
  const owner = hasBucket ? second : first
  if (!isPath(path)) {
    const message = `${field} is no path of an upload: send what POST /v1/uploads answered with`
    throw new Failure('request-invalid', message)
  }
  if (owner === userId) return { path }
  const message = `${field} is not in the folder of the caller. Upload the picture as the user who asks.`
  throw new Failure('reference-forbidden', message)
}

/** A bucket, an owner and a name at least. */
function isPath(path: string): boolean {
  try {
    return objectPath(path).key.includes('/')
  } catch {
    return false
  }
}
