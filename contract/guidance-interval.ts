/**
 * Guidance on part of the schedule: one formula for what is planned and for what is run
 * (Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724).
 */
import { firstStep } from './evaluations.ts'

/** Shares of the full schedule, 0 where it begins in noise: from the first up to the second. */
export type GuidanceInterval = readonly [from: number, to: number]

export const WHOLE_SCHEDULE: GuidanceInterval = [0, 1]

/** Whether `step` of a full schedule of `steps` is guided: from ≤ step / steps < to. */
export function isGuidedStep(step: number, steps: number, [from, to]: GuidanceInterval): boolean {
  const share = step / steps
  return from <= share && share < to
}

/** How many of the evaluations of a run of `steps` at `denoise` in (0, 1] are guided. */
export function guidedEvaluations(
  steps: number,
  denoise: number,
  interval: GuidanceInterval,
): number {
  let guided = 0
  for (let step = firstStep(steps, denoise); step < steps; step++) {
    if (isGuidedStep(step, steps, interval)) guided++
  }
  return guided
}
