/** References where a provider can fetch them: at a signed address of ours, else in the provider's own file store. */
import { nearestBucket, ownAspect, type Size } from '#contract'
import type { OfferedReference, Order } from './provider.ts'

export interface Placing {
  /** For which the addresses must hold. */
  readonly seconds: number
  /** To the provider's own store. @returns where it lies there. */
  readonly upload: (png: Uint8Array) => Promise<string>
}

/** Of a reference as it is. Throws as `upload`, and what reading a reference throws. */
export async function addressOf(
  reference: OfferedReference,
  { seconds, upload }: Placing,
): Promise<string> {
  return (await reference.publicUrl(seconds)) ?? (await upload(await reference.png()))
}

/** One after another: each is decoded, and a picture in memory is large. */
export async function addressesOf(
  references: readonly OfferedReference[],
  placing: Placing,
): Promise<readonly string[]> {
  const addresses: string[] = []
  for (const one of references) addresses.push(await addressOf(one, placing))
  return addresses
}

export interface Placed {
  readonly address: string
  readonly size: Size
}

/**
 * The composition at the size that the picture is to have, for models that give a picture its reference's size; both
 * sides multiples of `multiple` pixels. Throws as `addressOf`.
 */
export async function placeAtSize(
  { size, planned, reference }: Pick<Order, 'size' | 'planned' | 'reference'>,
  placing: Placing & { readonly multiple?: number },
): Promise<Placed> {
  if (!reference) throw new Error('A job with a reference came without one.')
  const { seconds, upload, multiple = 1 } = placing
  const address = await reference.publicUrl(seconds)
  if (address === undefined && size) {
    const wanted = inMultiples(size, multiple)
    return { address: await upload(await reference.png(wanted)), size: wanted }
  }
  const whole = await reference.png()
  const own = sizeOfPng(whole)
  const sizeOf = planned.mode === 'copy' ? ownAspect : nearestBucket
  const wanted = inMultiples(size ?? sizeOf(own.width, own.height), multiple)
  const isAsItShouldBe = own.width === wanted.width && own.height === wanted.height
  if (isAsItShouldBe) return { address: address ?? (await upload(whole)), size: wanted }
  return { address: await upload(await reference.png(wanted)), size: wanted }
}

/** The nearest size of which both sides are multiples, and not none. */
export function inMultiples({ width, height }: Size, multiple: number): Size {
  const side = (pixels: number) => Math.max(multiple, Math.round(pixels / multiple) * multiple)
  return { width: side(width), height: side(height) }
}

/** From its first chunk, IHDR (PNG 1.2, 4.1.1). */
function sizeOfPng(png: Uint8Array): Size {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  return { width: view.getUint32(16), height: view.getUint32(20) }
}
