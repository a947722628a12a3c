/** The bytes of a reference that a job names: at a URL of anybody's, or at the path of the user who asks. */
import { Failure, type Reference } from '#contract'
import type { GuardedFetch } from '#platform/fetch/guarded-fetch.ts'
import type { Storage } from '#platform/storage/storage.ts'

export interface ReferencePlaces {
  readonly guard: Pick<GuardedFetch, 'download'>
  readonly storage: Pick<Storage, 'get'>
  readonly signal?: AbortSignal | undefined
}

const MOST_BYTES = 10_000_000

/** Where references lie; a path that names none of them is in the first. */
const BUCKETS = ['user-library', 'workspace-temp', 'reference_images'] as const

/** Throws the codes of `GuardedFetch.download`, `reference-forbidden`, `reference-not-found`, `storage-failed`. */
export async function referenceBytes(
  reference: Reference,
  userId: string,
  { guard, storage, signal }: ReferencePlaces,
): Promise<Uint8Array> {
  if ('url' in reference) return await guard.download(reference.url, signal ? { signal } : {})
  try {
    return await storage.get(ownPath(reference.path, userId), MOST_BYTES)
  } catch (error) {
    throw ofThePath(error)
  }
}

/** With its bucket. Throws `reference-forbidden`. */
export function ownPath(path: string, userId: string): string {
  const [first, ...rest] = path.split('/')
  const bucket = BUCKETS.find((name) => name === first)
  const [owner] = bucket ? rest : [first]
  if (owner === userId) return bucket ? path : `${BUCKETS[0]}/${path}`
  const message =
    'The reference is not in the folder of the user who asked. Upload it as that user.'
  throw new Failure('reference-forbidden', message)
}

/** A storage that says "not found" or "invalid" speaks of the path that the job gave. */
function ofThePath(error: unknown): unknown {
  const isOfThePath =
    error instanceof Failure && (error.code === 'not-found' || error.code === 'request-invalid')
  if (!isOfThePath) return error
  const message = 'The reference is not in storage. It may have expired: upload it again.'
  return new Failure('reference-not-found', message, { cause: error })
}
