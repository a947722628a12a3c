/**
 * A worker that fails whatever it touches empties a queue in minutes: after a few failures of its own it takes none
 * until a self-test has passed. One that fails again soon after has shown that the test does not see its fault, so each
 * further time within the hour it must first wait twice as long.
 */
import { type FailureCode, failureTable } from '#contract'

export interface Quarantine {
  readonly note: (code: FailureCode) => void
  readonly isOn: () => boolean
  /** What it began with, or what its last self-test failed of; undefined while it is off. */
  readonly reason: () => FailureCode | undefined
  /** Whether it is on, and has been for long enough. */
  readonly isTestDue: () => boolean
  /** Ends it. What was noted counts on until it is old: one more failure of the kind begins the next. */
  readonly passed: () => void
  /** The next self-test is due later, and later each time. */
  readonly failed: (code: FailureCode) => void
}

export interface QuarantineLimits {
  readonly crashes?: number
  readonly failures?: number
  readonly windowMs?: number
  readonly now?: () => number
}

/** The engine's own ends. */
const CRASHES: ReadonlySet<FailureCode> = new Set([
  'engine-crashed',
  'engine-hung',
  'out-of-memory',
])
/** Ends of one job that say nothing of the worker; `internal` may be what one payload does to any. */
const NOT_ITS_OWN: ReadonlySet<FailureCode> = new Set([
  'deadline-expired',
  'shutting-down',
  'internal',
])

const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 600_000
/** An earlier quarantine makes the next longer for so long. */
const MEMORY_MS = 3_600_000
const AFTER_FAILED_TEST_MS = 5_000
const LONGEST_AFTER_FAILED_TEST_MS = 300_000

interface Stay {
  readonly reason: FailureCode
  readonly testAt: number
  readonly failedTests: number
}

/** Three crashes or five failures of machine and services, both within ten minutes, unless given. */
export function createQuarantine(limits: QuarantineLimits = {}): Quarantine {
  const { crashes = 3, failures = 5, windowMs = 600_000, now = monotonic } = limits
  let noted: readonly { readonly at: number; readonly isCrash: boolean }[] = []
  let begun: readonly number[] = []
  let stay: Stay | undefined

  const begin = (reason: FailureCode, isCrash: boolean): void => {
    begun = begun.filter((at) => now() - at < MEMORY_MS)
    // An engine is new at once; a service that has failed so often needs time, whatever our test says.
    const doublings = begun.length - (isCrash ? 1 : 0)
    const wait = doublings < 0 ? 0 : doubled(FIRST_WAIT_MS, doublings, LONGEST_WAIT_MS)
    begun = [...begun, now()]
    stay = { reason, testAt: now() + wait, failedTests: 0 }
  }

  return {
    note(code) {
      const { fault } = failureTable[code]
      if ((fault !== 'us' && fault !== 'operator') || NOT_ITS_OWN.has(code)) return
      const isCrash = CRASHES.has(code)
      noted = [...noted, { at: now(), isCrash }].slice(-(crashes + failures))
      const recent = noted.filter(({ at }) => now() - at < windowMs)
      const crashed = recent.filter((each) => each.isCrash).length
      const isTooMuch = (isCrash && crashed >= crashes) || recent.length >= failures
      if (isTooMuch && !stay) begin(code, isCrash)
    },
    isOn: () => stay !== undefined,
    reason: () => stay?.reason,
    isTestDue: () => stay !== undefined && now() >= stay.testAt,
    passed() {
      stay = undefined
    },
    failed(reason) {
      const failedTests = stay?.failedTests ?? 0
      const wait = doubled(AFTER_FAILED_TEST_MS, failedTests, LONGEST_AFTER_FAILED_TEST_MS)
      stay = { reason, testAt: now() + wait, failedTests: failedTests + 1 }
    },
  }
}

/** In ms from whenever: a machine's clock that is put back must not keep a worker out for as long. */
const monotonic = () => performance.now()

const doubled = (first: number, times: number, most: number): number =>
  Math.min(most, first * 2 ** times)
