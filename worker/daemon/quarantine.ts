/** A worker that fails whatever it touches empties a queue in minutes: after a few failures of its own it takes none. */
import { type FailureCode, failureTable } from '#contract'

export interface Quarantine {
  readonly note: (code: FailureCode) => void
  /** Ends by itself, once enough of the failures are old. */
  readonly isOn: () => boolean
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

/** Three crashes or five failures of machine and services, both within ten minutes, unless given. */
export function createQuarantine(limits: QuarantineLimits = {}): Quarantine {
  const { crashes = 3, failures = 5, windowMs = 600_000, now = Date.now } = limits
  let noted: readonly { readonly at: number; readonly isCrash: boolean }[] = []
  return {
    note(code) {
      const { fault } = failureTable[code]
      if ((fault !== 'us' && fault !== 'operator') || NOT_ITS_OWN.has(code)) return
      noted = [...noted, { at: now(), isCrash: CRASHES.has(code) }].slice(-(crashes + failures))
    },
    isOn() {
      const recent = noted.filter(({ at }) => now() - at < windowMs)
      const crashed = recent.filter(({ isCrash }) => isCrash).length
      return crashed >= crashes || recent.length >= failures
    },
  }
}
