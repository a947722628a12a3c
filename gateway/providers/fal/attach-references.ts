/** References as an app's inputs: all of them, or the composition at the size that the picture is to have. */
import { addressesOf, type Placing, placeAtSize } from '../place-references.ts'
import type { Order } from '../provider.ts'
import type { FalApp } from './apps.ts'

/** Throws as `upload`, and what reading a reference throws. */
export async function attachReferences(
  order: Order,
  app: FalApp,
  placing: Placing,
): Promise<Readonly<Record<string, unknown>>> {
  const { reference, furtherReferences } = order
  if (!reference) return {}
  if (app.kind === 'instructions') {
    const shown = [reference, ...furtherReferences].slice(0, app.references.most)
    return { image_urls: await addressesOf(shown, placing) }
  }
  const { address, size } = await placeAtSize(order, { ...placing, multiple: app.multiple })
  return { image_url: address, image_size: size }
}
