/** How far a result is from its golden. */

/** ‖a − b‖₂ / ‖b‖₂; infinite where a has another length or is not finite. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let [difference, norm] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0]
    difference += (x - y) ** 2
    norm += y ** 2
  }
  const error = Math.sqrt(difference) / Math.sqrt(norm || 1)
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY
}

/** What identical pictures are reported as, in decibels: JSON has no infinity. */
const IDENTICAL = 120

/** Peak signal-to-noise ratio of 8-bit pictures, in decibels. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return 0
  let squares = 0
  for (let i = 0; i < b.length; i++) squares += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2
  return squares === 0 ? IDENTICAL : 10 * Math.log10((255 ** 2 * b.length) / squares)
}
