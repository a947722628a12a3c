/**
 * Whether a worker may draw from a reference, asked of the very bytes that it fetched: what a gateway cleared, and
 * nothing that lies at the same address by now.
 */
import { createHash } from 'node:crypto'
import type { Job, TakenDown } from '#contract'
import { Refusal } from '../refusal.ts'
import { effectiveMode, type ScreenOptions } from '../screen.ts'
import { makerOf, type TrustedMaker } from './trusted-makers.ts'

export interface ReferenceGate {
  /** @returns the SHA-256 of `bytes` in hexadecimal. Throws a `Refusal`. */
  readonly requireCleared: (job: Job, bytes: Uint8Array) => Promise<string>
  /** Of pictures that were made. Throws a `Refusal`. */
  readonly requireDeliverable: (hashes: readonly string[]) => Promise<void>
}

export interface ReferenceGateOptions extends Pick<ScreenOptions, 'granted' | 'grantedForeign'> {
  readonly trustedMakers: readonly TrustedMaker[]
  readonly takenDown: Pick<TakenDown, 'among'>
}

/**
 * An edit in effective mode nsfw needs what its gateway found out, for these bytes; a job of another producer, who
 * has no register to ask, needs the signature of a trusted maker. No setting makes it less.
 */
export function createReferenceGate(options: ReferenceGateOptions): ReferenceGate {
  const { trustedMakers, takenDown } = options
  const requireKept = async (hashes: readonly string[], rule: 'taken-down' | 'made-again') => {
    const found = await takenDown.among(hashes).catch((cause) => {
      throw new Refusal('check-failed', { cause })
    })
    if (found.length > 0) throw new Refusal(rule)
  }
  return {
    async requireCleared(job, bytes) {
      const sha256 = sha256Of(bytes)
      await requireKept([sha256], 'taken-down')
      if (effectiveMode(job, options) === 'sfw') return sha256
      const cleared = job.source === 'gateway' ? (job.cleared ?? []) : []
      if (cleared.some((each) => each.sha256 === sha256)) return sha256
      if (cleared.length > 0) throw new Refusal('reference-changed')
      if (makerOf(sha256, job.referenceSignature, trustedMakers)) return sha256
      throw new Refusal('reference-consent')
    },
    requireDeliverable: (hashes) => requireKept(hashes, 'made-again'),
  }
}

/** In hexadecimal. */
export const sha256Of = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')
