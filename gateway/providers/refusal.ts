/** What a status that is no success says of our next step, the same for every provider. */
import { Failure } from '#contract'
import type { ProviderAnswer } from './provider-http.ts'
import { throttled } from './retry-after.ts'

export interface RefusalContext {
  /** For sentences: `Replicate`. */
  readonly provider: string
  /** The setting that holds our key. */
  readonly keySetting: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Never with the provider's own words: they may repeat the prompt, and are not for the caller. */
export function refusalOf(
  answer: ProviderAnswer,
  { provider, keySetting, now }: RefusalContext,
): Failure {
  const { status } = answer
  if (status === 429) return throttled(provider, answer, now)
  if (status === 402) {
    const message = `${provider} says that the account has no credit (402). Add some to it.`
    return new Failure('provider-denied', message)
  }
  if (status === 401 || status === 403) {
    const message = `${provider} refuses our key (${status}). Check ${keySetting} and what it may do.`
    return new Failure('provider-denied', message)
  }
  if (status >= 500) {
    const message = `${provider} answered ${status}. See its status page; it is tried again.`
    return new Failure('provider-unavailable', message)
  }
  return new Failure('provider-failed', `${provider} refused what was sent (${status}).`)
}
