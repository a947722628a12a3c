/** A job's references as providers get them: at an address of ours where one can be reached, else as pixels of ours. */
import { Failure, type Reference } from '#contract'
import { encodeImage } from '#platform/image/encode.ts'
import type { OfferedReference } from '../providers/provider.ts'
import type { CareParts } from './care.ts'

export interface OfferParts
  extends Pick<CareParts, 'guard' | 'storage' | 'decoder' | 'isStoragePublic'> {
  readonly signal: AbortSignal
}

const MOST_BYTES = 10_000_000

/** Where references lie; a path that names none of them is in the first. */
const BUCKETS = ['user-library', 'workspace-temp', 'reference_images'] as const

/** Throws, when it is asked for, what `GuardedFetch.download` and `Decoder.decode` throw, and `reference-forbidden`. */
export function offerReference(
  reference: Reference,
  userId: string,
  { guard, storage, decoder, isStoragePublic, signal }: OfferParts,
): OfferedReference {
  let fetching: Promise<Uint8Array> | undefined
  const bytes = () => {
    fetching ??=
      'url' in reference
        ? guard.download(reference.url, { signal })
        : stored(storage.get(ownPath(reference.path, userId), MOST_BYTES))
    return fetching
  }
  return {
    // A stranger's address is not passed on: what lies there may be another picture by then, and is not upright.
    async publicUrl(seconds) {
      if (!isStoragePublic || 'url' in reference) return undefined
      return await storage.sign(ownPath(reference.path, userId), seconds)
    },
    async png(size) {
      const fit = size && { ...size, mode: 'cover' as const }
      const image = await decoder.decode(await bytes(), { signal, ...(fit && { fit }) })
      return await encodeImage(image, { format: 'png' })
    },
  }
}

/** With its bucket. */
function ownPath(path: string, userId: string): string {
  const [first, ...rest] = path.split('/')
  const bucket = BUCKETS.find((name) => name === first)
  const [owner] = bucket ? rest : [first]
  if (owner === userId) return bucket ? path : `${BUCKETS[0]}/${path}`
  const message =
    'The reference is not in the folder of the user who asked. Upload it as that user.'
  throw new Failure('reference-forbidden', message)
}

/** A storage that says "not found" or "invalid" speaks of the path that the job gave. */
async function stored(bytes: Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await bytes
  } catch (error) {
    const isOfThePath =
      error instanceof Failure && (error.code === 'not-found' || error.code === 'request-invalid')
    if (!isOfThePath) throw error
    const message = 'The reference is not in storage. It may have expired: upload it again.'
    throw new Failure('reference-not-found', message, { cause: error })
  }
}
