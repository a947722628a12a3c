/** What SIGTERM and SIGINT ask of a process: the first, to end what it has begun; a second, to end at once. */
import type { Log } from './log.ts'

/** npm passes on the signal that the terminal has sent already: both are one wish. */
const ONE_WISH_MS = 300
/** For giving jobs back and closing what is open, once nothing more is waited for. */
const LAST_WORDS_MS = 3_000

export interface Heeding {
  /** The process's log at that moment. */
  readonly log: () => Log
  /** Told of the first, before `drain` is aborted. */
  readonly onDrain?: () => void
}

export interface Heeded {
  readonly drain: AbortSignal
  readonly kill: AbortSignal
}

/** From now on, for the life of the process, which exits with 1 some seconds after `kill` if it has not by then. */
export function heedSignals({ log, onDrain }: Heeding): Heeded {
  const drain = new AbortController()
  const kill = new AbortController()
  let drainedAt: number | undefined
  const heed = (signal: NodeJS.Signals): void => {
    const now = performance.now()
    if (drainedAt === undefined) {
      drainedAt = now
      log().info('draining', { signal })
      onDrain?.()
      drain.abort()
    } else if (now - drainedAt > ONE_WISH_MS) {
      log().warn('ending at once', { signal })
      kill.abort()
      setTimeout(() => process.exit(1), LAST_WORDS_MS)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, heed)
  return { drain: drain.signal, kill: kill.signal }
}
