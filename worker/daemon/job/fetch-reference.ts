/** The bytes of a job's reference, which only its own user may have drawn from. */
import { Failure, type Job } from '#contract'
import type { Workshop } from '../workshop.ts'

const MOST_BYTES = 10_000_000

/** Where today's front end uploads to; paths that name no bucket are in the first. */
const BUCKETS = ['user-library', 'workspace-temp', 'reference_images'] as const

/**
 * Undefined for a job without one. Throws `reference-forbidden` for a path of another user, and the codes of
 * `GuardedFetch.download`. What cannot be had is never passed over.
 */
export async function fetchReference(
  { reference, userId }: Pick<Job, 'reference' | 'userId'>,
  { guard, storage }: Pick<Workshop, 'guard' | 'storage'>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (!reference) return undefined
  if ('url' in reference) return guard.download(reference.url, { signal })
  const path = ownPath(reference.path, userId)
  if (!storage) {
    const message = 'This worker has no storage to read paths from. Send the reference as a URL.'
    throw new Failure('reference-not-found', message)
  }
  try {
    return await storage.get(path, MOST_BYTES)
  } catch (error) {
    throw error instanceof Failure ? ofTheReference(error) : error
  }
}

/** With its bucket. */
function ownPath(path: string, userId: string | undefined): string {
  const [first, ...rest] = path.split('/')
  const bucket = BUCKETS.find((name) => name === first)
  const [owner] = bucket ? rest : [first]
  if (userId !== undefined && owner === userId) return bucket ? path : `${BUCKETS[0]}/${path}`
  const message =
    'The reference is not in the folder of the user who asked. Upload it as that user.'
  throw new Failure('reference-forbidden', message)
}

/** A storage that says "not found" or "invalid" speaks of the path that the job gave. */
function ofTheReference(error: Failure): Failure {
  if (error.code !== 'not-found' && error.code !== 'request-invalid') return error
  const message = 'The reference is not in storage. It may have expired: upload it again.'
  return new Failure('reference-not-found', message, { cause: error })
}
