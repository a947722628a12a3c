/** Classifier-free guidance: away from the negative prompt, towards the prompt. */

/** negative + scale · (prompt − negative); Ho and Salimans 2022, equation 6. Shapes as given. */
export function guide(
  negative: Float32Array,
  prompt: Float32Array,
  guidanceScale: number,
): Float32Array {
  const scale = Math.fround(guidanceScale)
  return prompt.map((value, i) => {
    const away = negative[i] ?? 0
    return away + Math.fround(scale * Math.fround(value - away))
  })
}
