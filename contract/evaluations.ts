/**
 * How much of a schedule a denoise strength runs: one formula for what is planned and for what is
 * run.
 */

/**
 * UNet evaluations of a run of `steps` at `denoise` in (0, 1]: at least one, at most `steps`. Below
 * 0.01 a run has none at all, which is decided before this is asked.
 *
 * The strength is rounded to 6 decimals, so that `1 - 0.8` is the 0.2 that was meant; the product
 * is the plain double one, so that the count is diffusers' (100 × 0.29 is 28.999…, hence 28).
 */
export function evaluations(steps: number, denoise: number): number {
  const strength = Math.round(denoise * 1e6) / 1e6
  return Math.max(1, Math.min(steps, Math.floor(steps * strength)))
}

/** The position in the full schedule at which a run at `denoise` starts: 0 runs all of it. */
export function firstStep(steps: number, denoise: number): number {
  return steps - evaluations(steps, denoise)
}
