/** How one attempt of a job is told from another by what came of it. */
import type { EndStatus } from '#contract'

/** The hashes of its pictures, of which no other attempt has the same; the bare state where there are none. */
export function effectOf(
  status: EndStatus,
  pictures: readonly { readonly sha256: string }[],
): string {
  return status === 'completed' ? pictures.map(({ sha256 }) => sha256).join(' ') : status
}
