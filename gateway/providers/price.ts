/** What a provider takes for its work, where its operator said so. */

/** In millionths of the account's currency. */
export interface Price {
  readonly microsPerSecond?: number | undefined
  readonly microsPerImage?: number | undefined
}

export interface Work {
  readonly seconds: number
  readonly images: number
}

/** Nothing where no price is known, so that it can be spread into a state. */
export function costOf(
  { seconds, images }: Work,
  price: Price | undefined,
): { readonly costMicros?: number } {
  const { microsPerSecond = 0, microsPerImage = 0 } = price ?? {}
  const costMicros = Math.round(seconds * microsPerSecond + images * microsPerImage)
  return microsPerSecond > 0 || microsPerImage > 0 ? { costMicros } : {}
}
