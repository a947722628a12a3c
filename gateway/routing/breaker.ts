/** Leaves a provider alone that failed several times in a row, and then tries it with one job at a time. */
import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
  type IBackoffFactory,
  isBrokenCircuitError,
  noJitterGenerator,
} from 'cockatiel'
import { Failure, type FailureCode } from '#contract'

/** `half-open`: one job may try it. */
export type BreakerState = 'closed' | 'open' | 'half-open'

export interface Breaker {
  readonly state: () => BreakerState
  /** Gives the one probe of a half-open breaker away: until something is heard of it, it is open for all others. */
  readonly take: () => void
  /** What came of a job; no code where it went well. */
  readonly heard: (code?: FailureCode) => void
  /** Throws `provider-unavailable`, without doing the work, while it is open. */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>
}

export interface BreakerOptions {
  /** For sentences. */
  readonly provider: string
  /** In a row; 5 unless given. */
  readonly failures?: number
  /** Until the first probe, doubled with each that fails; 10 s, and 2 min at most, unless given. */
  readonly firstMs?: number
  readonly mostMs?: number
}

/** A probe that nobody hears of is given away again after so long. */
const PROBE_MS = 60_000

export function createBreaker(options: BreakerOptions): Breaker {
  const { provider, failures = 5, firstMs = 10_000, mostMs = 120_000 } = options
  let opensAt = 0
  let takenUntil = 0
  // The library does not tell how long it stays open, which routing must know before it sends a job.
  const noted = (backoff: IBackoff<unknown>): IBackoff<unknown> => {
    opensAt = Date.now() + backoff.duration
    takenUntil = 0
    return { duration: backoff.duration, next: (context) => noted(backoff.next(context)) }
  }
  const delays = new ExponentialBackoff({
    initialDelay: firstMs,
    maxDelay: mostMs,
    generator: noJitterGenerator,
  })
  const halfOpenAfter: IBackoffFactory<unknown> = { next: () => noted(delays.next()) }
  const policy = circuitBreaker(handleWhen(isCounted), {
    breaker: new ConsecutiveBreaker(failures),
    halfOpenAfter,
  })

  const state = (): BreakerState => {
    if (policy.state === CircuitState.Closed) return 'closed'
    const isWaiting = policy.state === CircuitState.Open && Date.now() >= opensAt
    return isWaiting && Date.now() >= takenUntil ? 'half-open' : 'open'
  }
  return {
    state,
    take() {
      if (state() === 'half-open') takenUntil = Date.now() + PROBE_MS
    },
    heard(code) {
      takenUntil = 0
      if (code !== undefined && !countedFailures.has(code)) return
      const outcome = async () => {
        if (code !== undefined) throw new Failure(code, code)
      }
      // While it is open nothing is counted, and the library rejects.
      policy.execute(outcome).catch(() => {})
    },
    async run(work) {
      const isBusy = policy.state === CircuitState.HalfOpen
      const isOpen = policy.state === CircuitState.Open && Date.now() < opensAt
      if (isBusy || isOpen) throw unavailable(provider)
      // The library reads the clock once more, and may find it open for a millisecond still.
      return await policy.execute(work).catch((error) => {
        throw isBrokenCircuitError(error) ? unavailable(provider) : error
      })
    },
  }
}

/**
 * What speaks of the provider and not of the job: neither what a caller asked for, nor what a policy refuses, nor a
 * reference's host, nor a time that was over, nor what we stand on ourselves.
 */
export const countedFailures: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'provider-failed',
  'provider-unavailable',
  'provider-denied',
  'provider-ambiguous',
  'provider-output-lost',
  'checkpoint-invalid',
  'checkpoint-unsupported',
  'device-unavailable',
  'out-of-memory',
  'engine-crashed',
  'engine-hung',
  'worker-lost',
])

const isCounted = (error: unknown): boolean =>
  error instanceof Failure && countedFailures.has(error.code)

function unavailable(provider: string): Failure {
  const message = `${provider} failed several times in a row, and is left alone for a while.`
  return new Failure('provider-unavailable', message)
}
