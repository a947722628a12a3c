/** Whether a network's answer is numbers all through. */

/** In double precision no sum of float32 values overflows, while one that is not finite stays so in every sum. */
export function allFinite(values: Float32Array): boolean {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return Number.isFinite(sum)
}
