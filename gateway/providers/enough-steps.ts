/** How many steps diffusers must be told of, for a small strength to run one of them. */
import type { Planned } from '#contract'

/**
 * diffusers runs floor(steps × strength), and with none of them there is nothing to decode: the fewest that run one.
 * Undefined where the model takes not that many.
 */
export function enoughSteps(
  { mode, steps, denoiseStrength }: Pick<Planned, 'mode' | 'steps' | 'denoiseStrength'>,
  most: number,
): number | undefined {
  const run = Math.floor(Math.min(steps, most) * denoiseStrength)
  if (mode === 'txt2img' || run >= 1) return steps
  let enough = Math.ceil(1 / denoiseStrength)
  if (Math.floor(enough * denoiseStrength) < 1) enough++
  return enough <= most ? enough : undefined
}
