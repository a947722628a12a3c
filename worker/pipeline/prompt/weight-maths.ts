/** The arithmetic of prompt weights on hidden states. Every function returns new arrays. */

/** z·m: [positions, width] with one weight for each position. */
export function scaled(hidden: Float32Array, weights: readonly number[]): Float32Array {
  return hidden.map((value, index) => value * weightAt(index, hidden.length, weights))
}

/**
 * empty + (z − empty)·w: away from the empty prompt for w > 1, towards it below. Exactly z where w
 * is 1.
 */
export function awayFrom(
  empty: Float32Array,
  hidden: Float32Array,
  weights: readonly number[],
): Float32Array {
  return hidden.map((value, index) => {
    const weight = weightAt(index, hidden.length, weights)
    const origin = empty[index]!
    return weight === 1 ? value : origin + (value - origin) * weight
  })
}

/** Σ wᵢ·zᵢ. `arrays` are equally long, one weight for each. */
export function weightedSum(
  arrays: readonly Float32Array[],
  weights: readonly number[],
): Float32Array {
  const sum = new Float64Array(arrays[0]?.length ?? 0)
  arrays.forEach((array, index) => {
    const weight = weights[index] ?? 0
    for (let at = 0; at < sum.length; at++) sum[at]! += array[at]! * weight
  })
  return Float32Array.from(sum)
}

/** The weights over their sum; as they are where the sum is nothing to divide by. */
export function normalized(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => (Math.abs(sum) < 1e-6 ? weight : weight / sum))
}

function weightAt(index: number, length: number, weights: readonly number[]): number {
  return weights[Math.floor((index * weights.length) / length)]!
}
