/** Classifier-free guidance: away from the negative prompt, towards the prompt. */

/** negative + scale · (prompt − negative); Ho and Salimans 2022, equation 6. Shapes as given. */
export function guide(
  negative: Float32Array,
  prompt: Float32Array,
  guidanceScale: number,
): Float32Array {
  const scale = Math.fround(guidanceScale)
  const guided = new Float32Array(prompt.length)
  for (let i = 0; i < guided.length; i++) {
    const away = negative[i]!
    guided[i] = away + Math.fround(scale * Math.fround(prompt[i]! - away))
  }
  return guided
}
