/** Decides who does each job from what is known at that moment, and keeps what is known fresh. */
import { type ContentMode, Failure, type Queue } from '#contract'
import { type Repeated, repeat } from '#platform/repeat.ts'
import type { Sql } from '../database/database.ts'
import type { Choose } from '../jobs/choose.ts'
import type { Provider } from '../providers/provider.ts'
import { atLeastMs } from '../providers/retry-after.ts'
import { type ProviderName, providerNames } from '../store/job-row.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { choose, type RoutingState } from './choose.ts'
import type { PoolTimes } from './pool-state.ts'
import type { RoutingReason } from './reasons.ts'
import { type RoutingView, viewOf } from './routing-view.ts'
import { createWorkerReader, type LocalView } from './worker-view.ts'

export interface RoutingParts {
  readonly queue: Pick<Queue, 'workers' | 'depth'>
  readonly sql: Sql
  /** Those other than our workers that are configured. */
  readonly providers: readonly Provider[]
  /** `FALLBACK_ORDER`: who is asked first. */
  readonly order: readonly ProviderName[]
  /** Those that our own workers take; both unless given. */
  readonly localContentModes?: readonly ContentMode[] | undefined
  /** Jobs that may wait for our workers; 1,000 unless given. */
  readonly mostWaiting?: number | undefined
  /** Waits beyond 0.8 of it are an overload; the default deadline. */
  readonly budgetMs?: number | undefined
  readonly pool?: Partial<PoolTimes> | undefined
  /** Between two looks at the workers; a second unless given. */
  readonly everyMs?: number | undefined
  /** Milliseconds since 1970, of all but the breakers, which have the clock's. */
  readonly now?: (() => number) | undefined
  /** Told of each decision, for counters. */
  readonly onDecision?: ((provider: ProviderName | 'none', reason: string) => void) | undefined
  readonly onError?: ((error: unknown) => void) | undefined
}

export interface Routing extends AsyncDisposable {
  readonly choose: Choose
  /** What became of a job at a provider; no failure where it went well. Also of what our own workers finished. */
  readonly heard: (provider: ProviderName, failure?: Failure) => void
  /** Does the work unless the provider is left alone; throws `provider-unavailable` then, and what the work throws. */
  readonly run: <Result>(provider: ProviderName, work: () => Promise<Result>) => Promise<Result>
  /** Milliseconds for which the provider wants no more requests. */
  readonly restOf: (provider: ProviderName) => number
  /** Exactly what decisions are made from. */
  readonly view: () => RoutingView
  /** Of our own workers: whoever feeds them reads from here how many there are. */
  readonly local: () => LocalView
  /** Looks at the workers now. */
  readonly look: () => Promise<void>
}

const EVERY_MS = 1_000
const MOST_WAITING = 1_000

/** Resolves when the workers have been looked at once, or could not be. */
export async function createRouting(parts: RoutingParts): Promise<Routing> {
  const { queue, sql, providers, now = Date.now, onError = () => {} } = parts
  const reader = createWorkerReader({ queue, sql, now, budgetMs: parts.budgetMs, pool: parts.pool })
  const breakers = new Map(providerNames.map((name) => [name, createBreaker({ provider: name })]))
  const rests = new Map<ProviderName, number>()
  const breakerOf = (name: ProviderName): Breaker => {
    const breaker = breakers.get(name)
    if (!breaker) throw new Error(`there is no provider ${name}`)
    return breaker
  }
  const isThere = (name: ProviderName) =>
    name === 'local-sdxl' || providers.some((provider) => provider.name === name)
  const restOf = (name: ProviderName) => Math.max(0, (rests.get(name) ?? 0) - now())
  const state = (): RoutingState => ({
    order: parts.order.filter(isThere),
    local: reader.view(),
    localContentModes: parts.localContentModes ?? ['sfw', 'nsfw'],
    mostWaiting: parts.mostWaiting ?? MOST_WAITING,
    providers,
    standingOf: (name) => ({
      breaker: breakerOf(name).state(),
      restMs: restOf(name),
    }),
  })
  const look = () => reader.read().catch(onError)

  await look()
  const looking: Repeated = repeat(look, { every: parts.everyMs ?? EVERY_MS, onError })
  return {
    choose(order, limits) {
      const choice = choose(order, limits, state())
      if (limits.isTrial) return choice
      const provider = 'failure' in choice ? 'none' : choice.provider
      if (provider === 'local-sdxl') reader.joined()
      if (provider !== 'none') breakerOf(provider).take()
      parts.onDecision?.(provider, choice.reason satisfies RoutingReason | 'none')
      return choice
    },
    heard: (name, failure) => breakerOf(name).heard(failure?.code),
    async run(name, work) {
      try {
        return await breakerOf(name).run(work)
      } catch (error) {
        if (error instanceof Failure && error.code === 'provider-throttled') {
          rests.set(name, now() + atLeastMs(error))
        }
        throw error
      }
    },
    restOf,
    view: () => viewOf(state(), { now: now(), providers }),
    local: reader.view,
    look,
    [Symbol.asyncDispose]: () => looking[Symbol.asyncDispose](),
  }
}
