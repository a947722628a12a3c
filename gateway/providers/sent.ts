/** What was really sent of a job, which is what ran: a plan may have been more than the provider takes. */
import type { SchedulerName } from '#contract'

/** What a provider was really sent, in our terms. What is absent it was not told. */
export interface Sent {
  /** The provider's name for what draws. */
  readonly model: string
  /** The text itself is in the plan. */
  readonly hasNegativePrompt: boolean
  readonly denoiseStrength?: number | undefined
  readonly steps?: number | undefined
  /** Of the network, an image; where the provider counts as we do. */
  readonly evaluations?: number | undefined
  readonly guidanceScale?: number | undefined
  readonly scheduler?: SchedulerName | undefined
  readonly images?: number | undefined
  /** Where there are several. */
  readonly references?: number
}

export interface Composed {
  readonly sent: Sent
  /** What it cannot honour of the job, known better by now than when it was chosen. */
  readonly notes: readonly string[]
}

/** @param attached inputs that hold references alone: addresses, or lists of them. */
export function severalIn(attached: object = {}): Pick<Sent, 'references'> {
  const references = Object.values(attached).flatMap((one) =>
    Array.isArray(one) ? one : [],
  ).length
  return references > 1 ? { references } : {}
}

/** As diffusers counts them: floor(steps × strength), and one at least was seen to before. */
export function evaluationsOf(
  steps: number | undefined,
  denoiseStrength: number | undefined,
): number | undefined {
  return steps === undefined ? undefined : Math.max(1, Math.floor(steps * (denoiseStrength ?? 1)))
}
