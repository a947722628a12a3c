/** What was asked of guidance and did nothing, because no evaluation had any. */
import type { GivenOptions } from './options.ts'
import type { EffectiveParameters } from './parameters.ts'

/** A sentence; undefined where all that was asked had its effect. */
export function withoutEffect(
  given: GivenOptions,
  { networkRuns, evaluations }: Pick<EffectiveParameters, 'networkRuns' | 'evaluations'>,
): string | undefined {
  const asked = (['guidance-interval', 'negative'] as const).filter((name) => name in given)
  if (asked.length === 0 || networkRuns > evaluations) return undefined
  return `No evaluation was guided, so that ${asked.map((name) => `--${name}`).join(', ')} did nothing.`
}
