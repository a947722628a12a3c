/** A float32 fused multiply-add, because torch's CPU kernels use one and JavaScript has none. */

const f32 = Math.fround

/**
 * `a × b + c` rounded once to float32. `a`, `b` and `c` must be float32 values and the result a
 * finite one.
 *
 * The product of two float32 values is exact in double, so the double sum differs from the true one
 * by one rounding. That matters only where it lands exactly halfway between two float32 values:
 * then the lost remainder, recovered by Knuth's TwoSum, says which of the two is nearer.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b
  const sum = product + c
  const nearest = f32(sum)
  const distance = sum - nearest
  const other = nearest + 2 * distance
  if (distance === 0 || f32(other) !== other) return nearest
  const added = sum - product
  const remainder = product - (sum - added) + (c - added)
  return remainder * distance > 0 ? other : nearest
}
