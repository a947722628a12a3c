/** Who does a job: the first provider in order that can do it, in time, and is not to be left alone. */
import { type ContentMode, Failure } from '#contract'
import type { Choice, RoutedOrder, RouteLimits } from '../jobs/choose.ts'
import type { Provider } from '../providers/provider.ts'
import type { ProviderName } from '../store/job-row.ts'
import type { BreakerState } from './breaker.ts'
import { estimate, type LocalEstimate } from './local-estimate.ts'
import {
  type Passed,
  type PassReason,
  type RoutingReason,
  whyChosen,
  whyPassed,
} from './reasons.ts'
import type { LocalView, WorkerView } from './worker-view.ts'

export interface Standing {
  readonly breaker: BreakerState
  /** A provider that wants fewer requests is left alone for so long. */
  readonly restMs: number
}

export interface RoutingState {
  /** The providers that there are, first choice first. */
  readonly order: readonly ProviderName[]
  readonly local: LocalView
  readonly localContentModes: readonly ContentMode[]
  /** Jobs that may wait for our workers. */
  readonly mostWaiting: number
  readonly providers: readonly Pick<Provider, 'name' | 'fit'>[]
  readonly standingOf: (provider: ProviderName) => Standing
}

/** With a deadline that is nearer, a job does not wait for workers that are not there. */
const PANIC_MS = 5 * 60_000
/** Of how long jobs of a class take on average, which nineteen of twenty stay below. */
const SLOW = 1.5

export function choose(
  order: RoutedOrder,
  limits: RouteLimits,
  state: RoutingState,
): Choice & { readonly reason: RoutingReason | 'none' } {
  const { tried, only } = limits
  const passed: Passed[] = []
  for (const name of state.order) {
    if (only !== undefined && name !== only) continue
    const before = tried.findLast(({ provider }) => provider === name)
    const verdict = before
      ? { name, reason: 'tried' as const, tried: before }
      : name === 'local-sdxl'
        ? localVerdict(order, limits.remainingMs, state)
        : remoteVerdict(name, order, state)
    if ('reason' in verdict) {
      passed.push(verdict)
      continue
    }
    const reason = only ? 'asked-for' : (passed[0]?.reason ?? 'preferred')
    return {
      provider: name,
      reason,
      because: whyChosen(name, reason, passed),
      notes: verdict.notes,
      estimatedSeconds: verdict.estimatedSeconds,
    }
  }
  return lastResort(order, { limits, passed, state })
}

interface Taken {
  readonly notes: readonly string[]
  readonly estimatedSeconds?: number | undefined
}

function localVerdict(
  { job, planned, size }: RoutedOrder,
  remainingMs: number | undefined,
  { local, localContentModes, mostWaiting, standingOf }: RoutingState,
): Passed | Taken {
  const name = 'local-sdxl'
  if (!localContentModes.includes(job.contentMode)) return { name, reason: 'content-mode' }
  const able = local.workers.filter((worker) => worker.isLive && isAble(worker, job))
  const estimated = estimate(local, planned, { size, able })
  const pass = (reason: PassReason) => {
    return { name, reason, estimate: estimated, remainingMs } as const
  }
  if (local.waiting >= mostWaiting) return pass('queue-full')
  if (standingOf(name).breaker === 'open') return pass('breaker-open')
  if (!local.isUp) return pass('no-worker')
  if (!estimated) return pass('not-capable')
  const { waitSeconds, serviceSeconds } = estimated
  const isTooSlow =
    remainingMs !== undefined && (waitSeconds + SLOW * serviceSeconds) * 1000 > remainingMs
  if (isTooSlow) return pass('too-slow')
  if (local.isOverloaded) return pass('overloaded')
  return { notes: localNotes(job), estimatedSeconds: seconds(estimated) }
}

/** What our own workers cannot honour. */
function localNotes({ furtherReferences = [] }: RoutedOrder['job']): readonly string[] {
  if (furtherReferences.length === 0) return []
  return ['Our workers take the composition from the first photo; the further ones are left out.']
}

function isAble({ report }: WorkerView, { mode, loras }: RoutedOrder['job']): boolean {
  return report?.modes.includes(mode) === true && (loras.length === 0 || report.loras)
}

function remoteVerdict(
  name: ProviderName,
  order: RoutedOrder,
  { providers, standingOf }: RoutingState,
): Passed | Taken {
  const provider = providers.find((each) => each.name === name)
  if (!provider) return { name, reason: 'unfit', sentence: `${name} is not configured.` }
  const fit = provider.fit(order)
  if (!fit.fits) return { name, reason: 'unfit', sentence: fit.reason }
  const { breaker, restMs } = standingOf(name)
  if (breaker === 'open') return { name, reason: 'breaker-open' }
  if (restMs > 0) return { name, reason: 'resting' }
  return { notes: fit.notes }
}

interface Considered {
  readonly limits: RouteLimits
  readonly passed: readonly Passed[]
  readonly state: RoutingState
}

/** Nobody would do it as it should be done: our workers may all the same, where waiting for them makes sense. */
function lastResort(
  { job }: RoutedOrder,
  { limits: { only, remainingMs }, passed, state }: Considered,
): Choice & { readonly reason: RoutingReason | 'none' } {
  const local = passed.find(({ name }) => name === 'local-sdxl')
  const couldTakeOver = passed.some(
    ({ name, reason }) => name !== 'local-sdxl' && isPassing(reason),
  )
  const isAlone = state.order.every((name) => name === 'local-sdxl')
  const canWait =
    isAlone ||
    remainingMs === undefined ||
    remainingMs >= PANIC_MS ||
    (local?.reason === 'overloaded' && local.estimate !== undefined)
  if (local && canWait && QUEUEABLE.has(local.reason)) {
    const reason = only ? 'asked-for' : couldTakeOver ? 'panic' : 'no-fallback'
    const isWaitedFor = local.estimate !== undefined && state.local.isUp
    return {
      provider: 'local-sdxl',
      reason,
      because: whyChosen('local-sdxl', reason, passed),
      notes: [...(isWaitedFor ? [] : [NOBODY_THERE]), ...localNotes(job)],
      ...(isWaitedFor && local.estimate && { estimatedSeconds: seconds(local.estimate) }),
    }
  }
  return { failure: refusal(only, passed), reason: 'none' }
}

/** What of a worker's state passes. */
const QUEUEABLE: ReadonlySet<PassReason> = new Set<PassReason>([
  'no-worker',
  'not-capable',
  'overloaded',
  'too-slow',
  'breaker-open',
])

const NOBODY_THERE = 'No worker can take it now: it waits until one can.'

/** Whether the provider could do the job at another time. */
const isPassing = (reason: PassReason): boolean => reason === 'breaker-open' || reason === 'resting'

/** Which `atLeastMs` reads, for Retry-After. */
const LATER = { cause: { atLeastMs: 30_000 } }

function refusal(only: ProviderName | undefined, passed: readonly Passed[]): Failure {
  const local = passed.find(({ name }) => name === 'local-sdxl')
  if (local?.reason === 'queue-full') {
    return new Failure('queue-full', 'Too many jobs wait already. Ask again later.', LATER)
  }
  if (only !== undefined) {
    const why = passed.find(({ name }) => name === only)
    const because = why ? whyPassed(why) : `${only} is not configured.`
    const later = why && isForNow(why) ? LATER : {}
    return new Failure('no-provider', `The job asks for ${only} alone. ${because}`, later)
  }
  if (local && QUEUEABLE.has(local.reason)) {
    const message = 'No worker can do it in time, and no other provider now. Ask again later.'
    return new Failure('worker-unavailable', message, LATER)
  }
  const sentences = passed.flatMap(({ sentence }) => sentence ?? [])
  const message = ['No provider that is configured can do this.', ...sentences].join(' ')
  return new Failure('no-provider', message, passed.some(isForNow) ? LATER : {})
}

/** Whether the same job may be taken at another time, which no waiting brings where it is unfit. */
const isForNow = ({ reason }: Passed): boolean => isPassing(reason) || QUEUEABLE.has(reason)

const seconds = ({ waitSeconds, serviceSeconds }: LocalEstimate): number =>
  Math.max(1, Math.round(waitSeconds + serviceSeconds))
