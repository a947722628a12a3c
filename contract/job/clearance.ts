/** What a gateway found out about a reference before it let a job of content mode nsfw draw from it. */
import { z } from 'zod'

/**
 * `lineage`: made here, and all that it was made from, back to words alone. `signature`: a maker whom the operator
 * trusts has signed it. `attestation`: the caller may say, and has said, that who is shown consents.
 */
export const clearedBy = ['lineage', 'signature', 'attestation'] as const

/** SHA-256 in hexadecimal, small letters. */
export const sha256Pattern = /^[0-9a-f]{64}$/
export const sha256Rule = 'must be a SHA-256: 64 of 0 to 9 and a to f'

export const clearance = z.strictObject({
  /** Of the bytes that were looked at: no others are cleared. */
  sha256: z.string('must be a text').regex(sha256Pattern, sha256Rule),
  by: z.enum(clearedBy, `must be one of ${clearedBy.join(', ')}`),
})

export type Clearance = Readonly<z.infer<typeof clearance>>
