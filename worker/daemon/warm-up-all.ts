/** Makes an engine ready for every size that is served: a GPU plans each anew, and no job is to wait for that. */
import type { Size } from '#contract'

/**
 * The last size first: where memory keeps fewer sessions than there are sizes, those that were named first are kept.
 * @param served undefined for any size, of which the engine's own is made ready.
 */
export async function warmUpAll(
  engine: { readonly warmUp: (size?: Size) => Promise<void> },
  served: readonly Size[] | undefined,
): Promise<void> {
  if (served === undefined) return await engine.warmUp()
  for (const size of served.toReversed()) await engine.warmUp(size)
}
