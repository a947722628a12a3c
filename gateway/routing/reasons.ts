/** Why a provider is to do a job, or was passed over: in a word for counters, in a sentence for the caller. */
import { failureTable } from '#contract'
import type { ProviderName, Tried } from '../store/job-row.ts'
import type { LocalEstimate } from './local-estimate.ts'

/** Why a provider was passed over: of few words, for counters. */
export type PassReason =
  | 'tried'
  | 'content-mode'
  | 'no-worker'
  | 'not-capable'
  | 'queue-full'
  | 'overloaded'
  | 'too-slow'
  | 'breaker-open'
  | 'resting'
  | 'unfit'

/**
 * Why one was chosen: it is the first in order, the caller named it, nobody else could take over, all others are out of
 * order, or why the first was passed over.
 */
export type RoutingReason = 'preferred' | 'asked-for' | 'no-fallback' | 'panic' | PassReason

export interface Passed {
  readonly name: ProviderName
  readonly reason: PassReason
  /** For our workers, as far as there are any. */
  readonly estimate?: LocalEstimate | undefined
  /** Until nobody wants the picture. */
  readonly remainingMs?: number | undefined
  /** How the provider had it before. */
  readonly tried?: Tried | undefined
  /** The provider's own, of why it cannot do it. */
  readonly sentence?: string | undefined
}

/** `passed`: who stands before it in the order, or all whom nobody could take over from. */
export function whyChosen(
  name: ProviderName,
  reason: RoutingReason,
  passed: readonly Passed[],
): string {
  switch (reason) {
    case 'preferred':
      return `${subjects[name]} ${name === 'local-sdxl' ? 'are' : 'is'} asked first, and can do it now.`
    case 'asked-for':
      return `The job asks for ${objects[name]} alone.`
    case 'no-fallback':
    case 'panic': {
      const own = passed.flatMap((each) => (each.name === name ? whyPassed(each) : []))
      const others =
        reason === 'panic'
          ? 'All others are left alone for a while: it waits.'
          : 'No other provider could take it: it waits.'
      return [...own, others].join(' ')
    }
    default:
      return passed.map(whyPassed).join(' ')
  }
}

const subjects: Readonly<Record<ProviderName, string>> = {
  'local-sdxl': 'Our workers',
  replicate: 'Replicate',
  'fal-ai': 'fal.ai',
}
const objects: typeof subjects = { ...subjects, 'local-sdxl': 'our workers' }

export function whyPassed(passed: Passed): string {
  const { name, reason, sentence } = passed
  const subject = subjects[name]
  switch (reason) {
    case 'tried':
      return hadItBefore(subject, passed.tried)
    case 'content-mode':
      return `${subject} take no job of its content mode.`
    case 'no-worker':
      return 'No worker of ours is at work now.'
    case 'not-capable':
      return 'No worker of ours that is at work can do it.'
    case 'queue-full':
      return 'Too many jobs wait for our workers already.'
    case 'overloaded':
      return 'Our workers have more to do now than they can do soon.'
    case 'too-slow':
      return tooSlow(passed)
    case 'breaker-open':
      return `${subject} failed several times in a row, and ${name === 'local-sdxl' ? 'are' : 'is'} left alone for a while.`
    case 'resting':
      return `${subject} wants fewer requests now.`
    case 'unfit':
      return sentence ?? `${subject} cannot do it.`
  }
}

/** With what the code means, which is told of no one job and of no provider's own words. */
function hadItBefore(subject: string, tried: Tried | undefined): string {
  if (!tried) return `${subject} had it before.`
  const { meaning } = failureTable[tried.code]
  return `${subject} had it before: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`
}

function tooSlow({ estimate, remainingMs }: Passed): string {
  if (!estimate || remainingMs === undefined) return 'Our workers could not do it in time.'
  const takes = Math.ceil(estimate.waitSeconds + estimate.serviceSeconds)
  const left = Math.max(0, Math.floor(remainingMs / 1_000))
  return `Our workers are busy: they would take about ${takes} s, and the deadline leaves ${left} s.`
}
