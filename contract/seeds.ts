/** The seeds of a job's images: they count up from the job's own, and after the last that there is comes 0. */

/** The greatest whole number beside which no other is lost in a double: 2⁵³ − 1. */
export const LAST_SEED = Number.MAX_SAFE_INTEGER

/**
 * Of the image at `index`, from 0. A generator goes by a seed's low 32 bits, which are as those of 2⁵³ in 0: a picture
 * whose seed begins anew is the one that would have come next.
 */
export function imageSeed(seed: number, index: number): number {
  const left = LAST_SEED - seed
  return index <= left ? seed + index : index - left - 1
}
