/** A job as a provider is asked for it, from what the database keeps of it. */
import type { Order } from '../providers/provider.ts'
import { sizeOf } from '../requests/size-of.ts'
import type { Care } from './care.ts'
import { offerReference } from './offered-reference.ts'
import { requireFitReference } from './require-fit-reference.ts'

export function orderFor({ row, parts, signal }: Pick<Care, 'row' | 'parts' | 'signal'>): Order {
  const { job, planned, userId } = row
  const offers = {
    ...{ ...parts, signal, areBytesHeld: job.contentMode === 'nsfw' },
    requireCleared: async (bytes: Uint8Array) => {
      const sha256 = await parts.referenceGate.requireCleared(job, bytes)
      await requireFitReference(bytes, { ...parts, job, sha256, signal })
    },
  }
  return {
    job,
    planned,
    size: sizeOf(job),
    reference: job.reference && offerReference(job.reference, userId, offers),
    furtherReferences: (job.furtherReferences ?? []).map((each) =>
      offerReference(each, userId, offers),
    ),
  }
}
