/** A job's references as providers get them: at an address of ours where one can be reached, else as pixels of ours. */
import type { Reference } from '#contract'
import { encodeImage } from '#platform/image/encode.ts'
import type { OfferedReference } from '../providers/provider.ts'
import { ownPath, referenceBytes } from '../trust/reference-bytes.ts'
import type { CareParts } from './care.ts'

export interface OfferParts
  extends Pick<CareParts, 'guard' | 'storage' | 'decoder' | 'isStoragePublic'> {
  /** Asked of the bytes before anybody has them: a rejection is what became of the reference. */
  readonly requireCleared: (bytes: Uint8Array) => Promise<unknown>
  /** Whether only the bytes that were looked at may be drawn from, and not what lies at an address later. */
  readonly areBytesHeld: boolean
  readonly signal: AbortSignal
}

/** Throws, when it is asked for, what `referenceBytes`, `requireCleared` and `Decoder.decode` throw. */
export function offerReference(
  reference: Reference,
  userId: string,
  parts: OfferParts,
): OfferedReference {
  const { storage, decoder, isStoragePublic, requireCleared, areBytesHeld, signal } = parts
  let fetching: Promise<Uint8Array> | undefined
  const fetchCleared = async () => {
    const bytes = await referenceBytes(reference, userId, parts)
    await requireCleared(bytes)
    return bytes
  }
  const bytes = () => {
    fetching ??= fetchCleared()
    return fetching
  }
  return {
    // A stranger's address is not passed on: what lies there may be another picture by then, and is not upright.
    async publicUrl(seconds) {
      if (!isStoragePublic || areBytesHeld || 'url' in reference) return undefined
      const path = ownPath(reference.path, userId)
      await bytes()
      return await storage.sign(path, seconds)
    },
    async png(size) {
      const fit = size && { ...size, mode: 'cover' as const }
      const image = await decoder.decode(await bytes(), { signal, ...(fit && { fit }) })
      return await encodeImage(image, { format: 'png' })
    },
  }
}
