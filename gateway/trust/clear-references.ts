/**
 * Photographs of people: what an edit in content mode nsfw may be drawn from. The floor, which no setting takes away.
 * A likeness of pictures, or what one says of itself, may deny; only the bytes themselves, known here or signed, allow.
 */
import type { Clearance, Job } from '#contract'
import { sha256Of } from '../../policy/reference/reference-gate.ts'
import { makerOf, type TrustedMaker } from '../../policy/reference/trusted-makers.ts'
import { Refusal } from '../../policy/refusal.ts'
import type { Sql } from '../database/database.ts'
import { isFromWords, takenDownAmong } from './lineage.ts'
import { type ReferencePlaces, referenceBytes } from './reference-bytes.ts'

export interface ClearParts extends Pick<ReferencePlaces, 'guard' | 'storage'> {
  readonly database: Sql
  readonly trustedMakers: readonly TrustedMaker[]
}

/**
 * Of every reference of the job, in their order. Throws a `Refusal` that names the picture, and what
 * `referenceBytes` throws.
 * @param isAttested whether the caller may attest the consent of who is shown, and has.
 */
export type ClearReferences = (
  job: Job,
  userId: string,
  isAttested: boolean,
) => Promise<readonly Clearance[]>

export function createClearReferences(parts: ClearParts): ClearReferences {
  const { database, trustedMakers } = parts
  const reasonFor = async (sha256: string, job: Job, isAttested: boolean) => {
    if (await isFromWords(database, sha256)) return 'lineage'
    if (makerOf(sha256, job.referenceSignature, trustedMakers)) return 'signature'
    return isAttested ? 'attestation' : undefined
  }
  return async (job, userId, isAttested) => {
    const cleared: Clearance[] = []
    const references = job.reference ? [job.reference, ...(job.furtherReferences ?? [])] : []
    for (const reference of references) {
      const sha256 = sha256Of(await referenceBytes(reference, userId, parts))
      const [isGone] = await takenDownAmong(database, [sha256])
      if (isGone !== undefined) throw new Refusal('taken-down', { picture: sha256 })
      const by = await reasonFor(sha256, job, isAttested)
      if (by === undefined) throw new Refusal('reference-consent', { picture: sha256 })
      cleared.push({ sha256, by })
    }
    return cleared
  }
}
