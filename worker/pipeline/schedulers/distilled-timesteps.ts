/** The timesteps that consistency distillation visits, which LCM and TCD pick theirs among. */
import { Failure, type SchedulerName } from '#contract'
import type { SchedulerConfig } from '#models/checkpoints/scheduler-config.ts'

/** diffusers' `original_inference_steps`. */
const DISTILLED_STEPS = 50

/**
 * `steps` of the 50, falling, about evenly spaced, whatever the checkpoint's spacing. Throws
 * `request-invalid` for more than there are, naming `scheduler`.
 */
export function distilledTimesteps(
  steps: number,
  { trainSteps }: SchedulerConfig,
  scheduler: SchedulerName,
): number[] {
  if (steps > DISTILLED_STEPS) {
    throw new Failure(
      'request-invalid',
      `the scheduler ${scheduler} takes at most ${DISTILLED_STEPS} steps, not ${steps}; ` +
        'ask for fewer, or for another scheduler',
    )
  }
  const stride = Math.floor(trainSteps / DISTILLED_STEPS)
  return Array.from({ length: steps }, (_, i) => {
    const skipped = Math.floor(i * (DISTILLED_STEPS / steps))
    return (DISTILLED_STEPS - skipped) * stride - 1
  })
}
