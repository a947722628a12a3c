/** How long this process's event loop leaves a timer waiting, and how much of that was for want of a processor. */
import { openSync, readSync } from 'node:fs'
import type { Gaps } from './daemon-task.ts'
import { quantile } from './quantile.ts'

export interface WatchedGaps {
  /** Ends the watch. */
  readonly found: () => Gaps
}

/** Asks for a turn each millisecond, from now on. */
export function watchGaps(): WatchedGaps {
  const gaps: number[] = []
  const own: number[] = []
  const waited = processorWait()
  let [last, lastWaited] = [performance.now(), waited()]
  const timer = setInterval(() => {
    const [now, nowWaited] = [performance.now(), waited()]
    gaps.push(now - last)
    own.push(Math.max(0, now - last - (nowWaited - lastWaited)))
    last = now
    lastWaited = nowWaited
  }, 1)
  return {
    found() {
      clearInterval(timer)
      return {
        ...{ p50: quantile(gaps, 0.5), p99: quantile(gaps, 0.99), p999: quantile(gaps, 0.999) },
        ...{ most: Math.max(...gaps), count: gaps.length },
        ...{ ownP999: quantile(own, 0.999), ownMost: Math.max(...own) },
      }
    },
  }
}

/**
 * Milliseconds for which this thread could have run while others had the processors, as Linux counts them:
 * /proc/self/schedstat has nanoseconds run, nanoseconds waited, and turns.
 */
function processorWait(): () => number {
  const file = openSync('/proc/self/schedstat', 'r')
  const text = Buffer.alloc(64)
  return () => {
    const length = readSync(file, text, 0, text.length, 0)
    return Number(text.toString('latin1', 0, length).split(' ')[1]) / 1e6
  }
}
